// Sources in TypeScript: rows one by one and as Arrow, positions that the next run goes on from, and what goes wrong.
import { join } from 'node:path'
import { readFileSync, writeFileSync } from 'node:fs'
import { type Columns, describeIssue, type TableName } from '@millrace/core'
import { batchOf } from '@millrace/engine-duckdb'
import { afterAll, afterEach, expect, test } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { type Files, makeProject, removeProjects, writeFiles } from './support/project.ts'

let lab: Lab
afterEach(async () => await lab.close())
afterAll(removeProjects)

const columns: Columns = { id: { type: 'int64' }, price: { type: 'decimal(12,2)' }, tags: { type: { list: 'string' } } }

/** A source whose `read` has this body; `given` is the text of a file beside it. */
const source = (body: string, write = 'append'): string => `import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineSource } from 'millrace'
const root = join(import.meta.dirname, '../..')
const given = (name) => readFileSync(join(root, name))
export default defineSource({
  write: '${write}',
  columns: { id: { type: 'int64' }, price: { type: 'decimal(12,2)' }, tags: { type: { list: 'string' } } },
  async *read({ after }) {
    ${body}
  },
})\n`

const positionOf = async (table: TableName): Promise<unknown> => {
  const { lakehouse } = await lab.workspace()
  const ref = (await lakehouse.catalog.resolve('dev')).get(table)
  return ref === undefined ? null : (await lakehouse.format.load(ref)).progress.position
}
const all = (): Promise<readonly unknown[]> => lab.rows('select id, price, tags from api.things order by id')

test('the next run goes on after the last position that was published, and not after one that failed', async () => {
  const pages = source(`
    for (const line of given('pages.txt').toString().trim().split('\\n').slice(Number(after ?? 0))) {
      const [at, id, price] = line.split(' ')
      if (id === 'broken') throw new Error('the API is down')
      yield { row: { id: BigInt(id), price, tags: [at] } }
      yield { position: at }
    }`)
  lab = new Lab(makeProject({ 'tables/api/things.ts': pages, 'pages.txt': '1 9007199254740993 1.50\n2 7 2\n' }))
  expect(said(await lab.run())).toEqual(['ok'])
  const first = [
    { id: 7, price: '2.00', tags: ['2'] },
    { id: '9007199254740993', price: '1.50', tags: ['1'] },
  ]
  expect(await all()).toEqual(first)
  expect(await positionOf('api.things')).toEqual({ code: '2' })
  // Nothing new: no version either.
  expect((await lab.run()).publication).toBeNull()

  writeFiles(lab.root, { 'pages.txt': '1 x x\n2 x x\n3 8 3\n4 broken 4\n' })
  const failed = await lab.run()
  expect(failed.issues).toMatchObject([
    {
      code: 'run/source-failed',
      params: { file: 'tables/api/things.ts', message: 'the API is down' },
      at: { line: 13 },
    },
  ])
  expect(await all()).toEqual(first)
  expect(await positionOf('api.things')).toEqual({ code: '2' })

  writeFiles(lab.root, { 'pages.txt': '1 x x\n2 x x\n3 8 3\n4 9 4\n' })
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await lab.rows('select count(*) as n, sum(price) as total from api.things')).toEqual([
    { n: 4, total: '10.50' },
  ])
  expect(await positionOf('api.things')).toEqual({ code: '4' })
})

test('rows come as Arrow, beside others, in any order of columns; other columns are refused and nothing is published', async () => {
  const arrow = source(`
    yield { row: { id: 1n, price: '1', tags: null } }
    yield { arrow: given('rows.arrow') }
    yield { row: { id: 5n, price: 5, tags: ['e'] } }
    yield { position: 'end' }`)
  lab = new Lab(makeProject({ 'tables/api/things.ts': arrow }))
  const put = (given: Columns, rows: Parameters<typeof batchOf>[1]): void =>
    writeFileSync(join(lab.root, 'rows.arrow'), batchOf(given, rows).arrow)
  put({ id: { type: 'int64' }, other: { type: 'string' } }, [{ id: 2n, other: 'x' }])
  expect(said(await lab.run())).toEqual(['failed', 'run/bad-arrow'])
  expect(await positionOf('api.things')).toBeNull()
  put({ ...columns, price: { type: 'string' }, other: { type: 'string' } }, [{ id: 2n, price: '2', tags: [] }])
  const wrong = (problem: string): unknown => ({
    code: 'run/bad-arrow',
    params: { file: 'tables/api/things.ts', record: 2, problem },
  })
  expect((await lab.run()).issues).toMatchObject([
    wrong('it has a column "other" that its table does not have'),
    wrong('column price is of type string, and its table declares decimal(12,2)'),
  ])

  const { id, price, tags } = columns
  const many = Array.from({ length: 3000 }, (_, i) => ({ tags: ['many', null], price: '0.01', id: BigInt(i + 100) }))
  put({ tags, price, id } as Columns, [{ tags: ['b', null], price: '-2.50', id: 2n }, ...many])
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await lab.rows('select id, price, tags from api.things where id < 100 order by id')).toEqual([
    { id: 1, price: '1.00', tags: null },
    { id: 2, price: '-2.50', tags: ['b', null] },
    { id: 5, price: '5.00', tags: ['e'] },
  ])
  expect(await lab.rows('select count(*) as n, sum(price) as total from api.things where id >= 100')).toEqual([
    { n: 3000, total: '30.00' },
  ])
})

test('Arrow that was cut, and a value of it that does not fit, fail the source with their place', async () => {
  const arrow = source(`
    yield { row: { id: 1n, price: '1', tags: null } }
    yield { arrow: given('rows.arrow') }`)
  lab = new Lab(makeProject({ 'tables/api/things.ts': arrow }))
  const { arrow: whole } = batchOf({ id: { type: 'int64' }, price: { type: 'decimal(12,3)' } }, [
    { id: 2n, price: '1.250' },
    { id: 3n, price: '1.125' },
  ])
  writeFileSync(join(lab.root, 'rows.arrow'), whole.subarray(0, -16))
  const [cut] = (await lab.run()).issues
  expect(cut).toMatchObject({ code: 'run/bad-arrow', params: { record: 2 } })
  expect(cut === undefined ? '' : describeIssue(cut).message).toBe(
    `The Arrow stream in record 2 of tables/api/things.ts cannot be taken: it is cut off: its ${whole.length - 16} bytes end in the middle of a message.`,
  )
  writeFileSync(join(lab.root, 'rows.arrow'), whole)
  const [odd] = (await lab.run()).issues
  expect(odd).toMatchObject({ code: 'run/bad-value', params: { row: 2, record: 2, column: 'price', value: '"1.125"' } })
  expect(odd === undefined ? '' : describeIssue(odd).message).toMatch(
    /^Row 2 of the Arrow stream in record 2 of tables\/api\/things.ts: column price is of type decimal\(12,2\)/,
  )
  expect(await positionOf('api.things')).toBeNull()
})

test('a value that its column cannot hold fails the source by name, and the table keeps what it has', async () => {
  const wrong = source(`yield { row: { id: 1n, price: given('price.txt').toString(), tags: [] } }`, 'replace')
  lab = new Lab(makeProject({ 'tables/api/things.ts': wrong, 'price.txt': '1.25' }))
  expect(said(await lab.run())).toEqual(['ok'])
  writeFiles(lab.root, { 'price.txt': '1.255' })
  expect((await lab.run()).issues).toMatchObject([
    {
      code: 'run/bad-value',
      params: {
        row: 1,
        column: 'price',
        type: 'decimal(12,2)',
        value: '"1.255"',
        problem: 'does not fit a decimal with 2 fraction digits',
      },
    },
  ])
  expect(await all()).toEqual([{ id: 1, price: '1.25', tags: [] }])
})

test('what is given in another form is refused with the form that belongs there, and its number', async () => {
  const wrong = source(`
    for (let id = 0n; id < 3000n; id++) yield { row: { id, price: 1, tags: null } }
    yield { id: 1 }`)
  lab = new Lab(makeProject({ 'tables/api/things.ts': wrong }))
  expect((await lab.run()).issues).toMatchObject([
    { code: 'run/bad-record', params: { file: 'tables/api/things.ts', record: 3001, received: '{"id":1}' } },
  ])
  writeFiles(lab.root, {
    'tables/api/things.ts': source(
      `for (let id = 0; id < 3000; id++) yield { row: { id: id === 2999 ? 'x' : id, price: 1 } }`,
    ),
  })
  expect((await lab.run()).issues).toMatchObject([
    { code: 'run/bad-value', params: { row: 3000, column: 'id', value: '"x"', problem: 'is not a whole number' } },
  ])
  writeFiles(lab.root, { 'tables/api/things.ts': source('process.exit(3)') })
  expect((await lab.run()).issues).toMatchObject([{ code: 'run/code-exited', params: { how: 'exit code 3' } }])
})

test('a rejection that nobody waits for, and an error in a callback, fail the function at their place', async () => {
  const pause = 'await new Promise((resolve) => setTimeout(resolve, 5000))'
  lab = new Lab(makeProject({ 'tables/api/things.ts': source(`void Promise.reject(new Error('adrift')); ${pause}`) }))
  const at = { file: join(lab.root, 'tables/api/things.ts'), line: 10 }
  expect((await lab.run()).issues).toMatchObject([{ code: 'run/source-failed', params: { message: 'adrift' }, at }])
  await lab.edit({ 'tables/api/things.ts': source(`setTimeout(() => { throw new Error('later') }, 1); ${pause}`) })
  expect((await lab.run()).issues).toMatchObject([{ code: 'run/source-failed', params: { message: 'later' }, at }])
})

test('keys find their columns whatever their case, fields of structs too', async () => {
  lab = new Lab(
    makeProject({
      'tables/api/cased.ts': `import { defineSource } from 'millrace'
export default defineSource({ columns: { id: { type: 'int64' }, Name: { type: 'string' }, at: { type: { struct: { x: 'int64' } } } },
  *read() { yield { row: { ID: 7n, name: 'x', other: undefined, at: { X: 1n } } }; yield { row: { id: 8n } } } })\n`,
    }),
  )
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await lab.rows('from api.cased order by id')).toEqual([
    { id: 7, Name: 'x', at: { x: 1 } },
    { id: 8, Name: null, at: null },
  ])
})

test('a key that no column has is refused by name: its value would be lost', async () => {
  const keyed = (row: string): Files => ({
    'tables/t/keyed.ts': `import { defineModel } from 'millrace'
export default defineModel({ reads: [], write: 'replace', columns: { id: { type: 'int64' }, name: { type: 'string' }, at: { type: { struct: { x: 'int64' } } } },
  *run() { yield { id: 1n }; yield ${row} } })\n`,
  })
  const refused = async (row: string): Promise<unknown> => {
    await lab.edit(keyed(row))
    const [issue] = (await lab.run()).issues
    return issue
  }
  lab = new Lab(makeProject(keyed(`{ id: 2n, name: 'x' }`)))
  expect(said(await lab.run())).toEqual(['ok'])
  const file = 'tables/t/keyed.ts'
  expect(await refused(`{ id: 2n, nam: 'x' }`)).toMatchObject({
    code: 'run/bad-key',
    params: { file, row: 2, key: 'nam', problem: 'which no column has' },
    candidates: ['name', 'at'],
  })
  expect(await refused(`{ id: 2n, ID: 3n }`)).toMatchObject({
    code: 'run/bad-key',
    params: { file, row: 2, key: 'ID', problem: 'which it has in another case, too' },
  })
  expect(await refused(`{ id: 2n, at: { y: 1n } }`)).toMatchObject({
    code: 'run/bad-value',
    params: { row: 2, column: 'at', problem: 'has the key "y", which no field has' },
  })
  expect(await lab.rows('select id, name from t.keyed order by id')).toEqual([
    { id: 1, name: null },
    { id: 2, name: 'x' },
  ])
})

test('what a function gives is told in its own words to have an end', async () => {
  lab = new Lab(
    makeProject({
      'tables/t/endless.ts': `import { defineModel } from 'millrace'
export default defineModel({ reads: [], write: 'replace', columns: { d: { type: 'date' } }, *run() { yield { d: 'infinity' } } })\n`,
    }),
  )
  const ran = await lab.run()
  expect(said(ran)).toEqual(['failed', 'run/endless-time'])
  expect(ran.issues.map((one) => describeIssue(one).fix)).toEqual([
    "Give `null` or a far one, such as `'9999-12-31'`, in their place, in the function that gives the rows.",
  ])
})

test('a source that did not get an answer is asked again, as often as it says; a model in code is not', async () => {
  const failing = `const count = join(import.meta.dirname, '../../calls')
const asked = existsSync(count) ? Number(readFileSync(count, 'utf8')) + 1 : 1
writeFileSync(count, String(asked))
if (asked < 3) throw new Error('ECONNREFUSED')`
  const imports = `import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'`
  lab = new Lab(
    makeProject({
      'tables/api/late.ts': `${imports}
import { defineSource } from 'millrace'
export default defineSource({ retry: { times: 2, wait: '1ms' }, columns: { id: { type: 'int64' } },
  *read() { ${failing}; yield { row: { id: asked } } } })\n`,
    }),
  )
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await lab.rows('from api.late')).toEqual([{ id: 3 }])
  await lab.edit({
    calls: '0',
    'tables/api/late.ts': null,
    'tables/t/late.ts': `${imports}
import { defineModel } from 'millrace'
export default defineModel({ retry: { times: 2, wait: '1ms' }, reads: [], write: 'replace', columns: { id: { type: 'int64' } },
  *run() { ${failing}; yield { id: asked } } })\n`,
  })
  expect(said(await lab.run())).toEqual(['failed', 'run/code-failed'])
  expect(readFileSync(join(lab.root, 'calls'), 'utf8')).toBe('1')
})
