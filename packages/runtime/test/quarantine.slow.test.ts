// Rows that break a quarantine check never get into their table, whatever makes it: they stand in its table of rejects.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TableName } from '@millrace/core'
import { rollback } from '@millrace/runtime'
import { Lab, type Ran, type Row, said, steps } from './support/bench.ts'
import { csvSource, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

const checked = `columns: { id: { type: 'int64', checks: [{ rule: 'not_null', on: 'quarantine' }] },
    v: { type: 'int64', checks: [{ rule: { min: 0 }, on: 'quarantine' }] } }`

const files = {
  'in/raw.files/1.csv': 'id,v\n1,1\n2,-1\n,5\n4,x\n',
  'tables/raw/files.ts': `import { defineSource } from 'millrace'
export default defineSource({ name: 'raw_files', connector: 'files', config: { path: 'in/raw.files/*.csv' }, maxRejects: 1,
  tables: { 'raw.files': { write: 'append', ${checked} } } })\n`,
  'tables/raw/code.ts': `import { defineSource } from 'millrace'
export default defineSource({ ${checked}, *read() { for (const [id, v] of [[1, 1], [2, -1], [null, 5]]) yield { row: { id, v } } } })\n`,
  'seeds/raw/seed.csv': 'id,v\n1,1\n2,-1\n,5\n',
  'seeds/raw/seed.yaml':
    'columns:\n  id: { type: int64, checks: [{ rule: not_null, on: quarantine }] }\n  v: { type: int64, checks: [{ rule: { min: 0 }, on: quarantine }] }\n',
  'tables/t/code.ts': `import { defineModel } from 'millrace'
export default defineModel({ reads: ['raw.code'], write: 'replace', ${checked},
  *run() { for (const [id, v] of [[1, 1], [2, -1], [null, 5]]) yield { id, v } } })\n`,
  'tables/t/known.sql': model('write: replace', 'select 1::int64 as id'),
  'tables/t/orders.sql': model(
    'write: replace\ncolumns:\n  person: { checks: [{ rule: { refers: t.known.id }, on: quarantine, where: "id <> 4", name: known person }] }',
    'select * from (values (1::int64, 1::int64), (2, 9), (3, null), (4, 9)) as v(id, person)',
  ),
  'tables/t/other.sql': model(
    `write: replace
columns: { person: { checks: [{ rule: { refers: t.known.id }, on: quarantine, name: known person }] } }
checks: [{ rule: { expression: "exists (select 1 from t.known k where k.id = other.id)" }, on: quarantine, name: known }]`,
    "select * from (values (1::int64, 1::int64, 'a'), (1, 9, 'b'), (2, 1, 'c')) as v(id, person, r)",
  ),
  'tables/t/exact.sql': model(
    'write: replace\ncolumns: { n: { type: "decimal(38,10)", checks: [{ rule: { in: [1234567890123456789.5] }, on: quarantine }] } }',
    'select * from (values (1234567890123456789.5::decimal(38,10)), (1234567890123456789.6)) as v(n)',
  ),
  'tables/t/plain.sql': model('write: replace', 'select id, v from raw.seed union all select 7, -7'),
}

let lab: Lab
beforeAll(async () => {
  lab = new Lab(makeProject(files))
  const ran = await lab.run()
  if (ran.status !== 'ok') throw new Error(said(ran).join(' '))
})
afterAll(async () => {
  await lab.close()
  removeProjects()
})

const rejects = async (table: string): Promise<readonly Row[]> =>
  await lab.rows(`select "column", reason, raw from ${table}__rejects order by reason, raw`)

const broken = [
  { column: 'id', reason: 'id is not null', raw: '{"id":null,"v":5}' },
  { column: 'v', reason: 'v >= 0', raw: '{"id":2,"v":-1}' },
]

test.each(['raw.code', 'raw.seed', 't.code'])('%s', async (table) => {
  expect(await lab.rows(`from ${table}`)).toEqual([{ id: 1, v: 1 }])
  expect(await rejects(table)).toEqual(broken)
})

test('raw.files: beside what cannot be read, which alone counts against the limit', async () => {
  expect(await lab.rows('from raw.files')).toEqual([{ id: 1, v: 1 }])
  const found = await rejects('raw.files')
  expect(found.filter(({ raw }) => raw !== '4,x')).toEqual(broken)
  expect(found).toHaveLength(3)
})

describe('a check that refers', () => {
  test('keeps apart what the other table does not know; a missing value refers to nothing', async () => {
    expect(await lab.rows('select id from t.orders order by id')).toEqual([{ id: 1 }, { id: 3 }, { id: 4 }])
    expect(await rejects('t.orders')).toEqual([
      { column: 'person', reason: 'known person', raw: '{"id":2,"person":9}' },
    ])
  })
})

test('a condition may name its table, and a record has all columns whatever they are called', async () => {
  expect(await lab.rows('select r from t.other')).toEqual([{ r: 'a' }])
  expect(await rejects('t.other')).toEqual([
    { column: '', reason: 'known', raw: '{"id":2,"person":1,"r":"c"}' },
    { column: 'person', reason: 'known person', raw: '{"id":1,"person":9,"r":"b"}' },
  ])
})

test('a check on decimals has all the digits that are written', async () => {
  expect(await lab.rows('select n::varchar as n from t.exact')).toEqual([{ n: '1234567890123456789.5000000000' }])
  expect((await rejects('t.exact')).map((row) => row['reason'])).toEqual(['n in 1234567890123456789.5'])
})

test('a check that comes later decides which rows there are, so the table is built anew', async () => {
  expect(await lab.rows('select count(*) as n from t.plain')).toEqual([{ n: 2 }])
  await lab.edit({
    'tables/t/plain.sql': files['tables/t/plain.sql'].replace(
      'write: replace',
      'write: replace\ncolumns: { v: { checks: [{ rule: { min: 0 }, on: quarantine }] } }',
    ),
  })
  const ran = await lab.run()
  expect(steps(ran.plan)).toContain('t.plain: rebuild')
  expect(await lab.rows('from t.plain')).toEqual([{ id: 1, v: 1 }])
  expect((await rejects('t.plain')).map(({ raw }) => raw)).toEqual(['{"id":7,"v":-7}'])
})

test('a table that a check looks at and that was never published is named', async () => {
  await lab.edit({
    'tables/t/held.sql': model('write: replace\ncolumns: { id: { checks: [{ max: 0 }] } }', 'select 1::int64 as id'),
    'tables/t/needs.sql': model(
      'write: replace\ncolumns: { id: { checks: [{ refers: t.held.id }] } }',
      'select 1::int64 as id',
    ),
  })
  const ran = await lab.run({ plan: { select: ['t.held', 't.needs'] } })
  expect(said(ran)).toEqual(['failed', 'run/check-failed', 'run/check-needs'])
  expect(ran.issues[1]?.params).toEqual({ table: 't.needs', needs: 't.held' })
  expect(await lab.rows('select count(*) as n from t.known')).toEqual([{ n: 1 }])
})

describe('kept once each', () => {
  let own: Lab
  const pages = `import { readFileSync } from 'node:fs'
import { defineSource } from 'millrace'
const root = new URL('../../', import.meta.url)
export default defineSource({ write: 'append', ${checked}, *read({ after }) {
  const last = Number(readFileSync(new URL('last.txt', root), 'utf8'))
  for (let at = Number(after ?? 0) + 1; at <= last; at++) {
    yield { row: { id: at, v: 1 } }
    yield { row: { id: 7, v: -1 } }
    yield { position: String(at) }
  }
} })\n`
  afterEach(async () => await own.close())

  /** The table alone: its rejects stay. */
  const goBack = async (table: string, { publication }: Ran): Promise<unknown> =>
    await rollback((await own.workspace()).lakehouse, publication?.id ?? '', [table as TableName])

  test('rows that a failed run has met are met again by the next, and are no more for that', async () => {
    const held = (max: string): string =>
      model(
        `write: append\ncolumns: { v: { checks: [{ rule: { min: 0 }, on: quarantine }, { max: ${max} }] } }`,
        'select id, v from raw.rows',
      )
    own = new Lab(
      makeProject({
        'tables/raw/rows.ts': csvSource('raw.rows', { id: 'int64', v: 'int64' }),
        'tables/t/it.sql': held('9'),
      }),
    )
    const bad = async (): Promise<unknown> => await own.rows('select raw from t.it__rejects order by run, raw')
    writeFiles(own.root, { 'in/raw.rows/1.csv': 'id,v\n1,1\n2,-1\n' })
    expect(said(await own.run())).toEqual(['ok'])
    // Equal to one that was kept apart before, and twice itself.
    writeFiles(own.root, { 'in/raw.rows/2.csv': 'id,v\n2,-1\n2,-1\n3,99\n' })
    for (let i = 0; i < 3; i++) {
      expect(said(await own.run())).toEqual(['failed', 'run/check-failed'])
      expect(await bad()).toEqual(Array.from({ length: 3 }, () => ({ raw: '{"id":2,"v":-1}' })))
    }
    await own.edit({ 'tables/t/it.sql': held('100') })
    expect(said(await own.run())).toEqual(['ok'])
    expect(await own.rows('select id from t.it order by id')).toEqual([{ id: 1 }, { id: 3 }])
    expect(await bad()).toHaveLength(3)
  })

  test('a function that yields the same bad row at two positions has yielded two', async () => {
    own = new Lab(makeProject({ 'tables/raw/pages.ts': pages, 'last.txt': '1' }))
    expect(said(await own.run())).toEqual(['ok'])
    writeFiles(own.root, { 'last.txt': '2' })
    expect(said(await own.run())).toEqual(['ok'])
    expect(await own.rows('select id from raw.pages order by id')).toEqual([{ id: 1 }, { id: 2 }])
    expect(await own.rows('select count(*) as n from raw.pages__rejects')).toEqual([{ n: 2 }])
  })

  test('records of files that a rollback makes wait again', async () => {
    own = new Lab(
      makeProject({
        'tables/raw/rows.ts': csvSource('raw.rows', { id: 'int64' }),
        'in/raw.rows/1.csv': 'id\n1\nold\n',
      }),
    )
    const first = await own.run()
    writeFiles(own.root, { 'in/raw.rows/2.csv': 'id\n2\nbad\nold\n' })
    expect(said(await own.run())).toEqual(['ok'])
    await goBack('raw.rows', first)
    expect(said(await own.run())).toEqual(['ok'])
    expect(await own.rows('from raw.rows order by id')).toEqual([{ id: 1 }, { id: 2 }])
    expect(await own.rows('select raw from raw.rows__rejects order by raw')).toEqual([
      { raw: 'bad' },
      { raw: 'old' },
      { raw: 'old' },
    ])
  })

  test('records of files of a source that replaces', async () => {
    const source = csvSource('raw.rows', { id: 'int64' }).replace("'append'", "'replace'")
    own = new Lab(makeProject({ 'tables/raw/rows.ts': source, 'in/raw.rows/1.csv': 'id\n1\nbad\n' }))
    expect(said(await own.run())).toEqual(['ok'])
    writeFiles(own.root, { 'in/raw.rows/2.csv': 'id\n2\n' })
    expect(said(await own.run())).toEqual(['ok'])
    expect(await own.rows('from raw.rows order by id')).toEqual([{ id: 1 }, { id: 2 }])
    expect(await own.rows('select raw from raw.rows__rejects')).toEqual([{ raw: 'bad' }])
  })

  test('rows of a function that a rollback makes wait again', async () => {
    own = new Lab(makeProject({ 'tables/raw/pages.ts': pages, 'last.txt': '1' }))
    const first = await own.run()
    writeFiles(own.root, { 'last.txt': '2' })
    expect(said(await own.run())).toEqual(['ok'])
    await goBack('raw.pages', first)
    expect(said(await own.run())).toEqual(['ok'])
    expect(await own.rows('select id from raw.pages order by id')).toEqual([{ id: 1 }, { id: 2 }])
    expect(await own.rows('select count(*) as n from raw.pages__rejects')).toEqual([{ n: 2 }])
  })
})
