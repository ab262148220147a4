// Every transform over every type that it takes, by the real command's way: the engine writes the partitions, the lake keeps
// them, a question with a filter reads only some of the files and finds exactly the rows that are there. Values lie on both sides
// of zero and of 1970, and some are missing.
import type { Scalar, TableName } from '@millrace/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lab, type Row, said } from './support/bench.ts'
import { makeProject, model, removeProjects } from './support/project.ts'

/** SQL of each column's value in row `i` of -40 to 39. */
const columns: Readonly<Record<string, string>> = {
  small: 'i::int',
  long: 'i::bigint * 1000003',
  unsigned: '((i + 40) * 4294967296)::ubigint',
  amount: '(i * 1.37)::decimal(9,2)',
  huge: '(i::decimal(38,0) * 1234567890123456789)::decimal(38,4)',
  name: "chr(97 + ((i + 40) % 26)::int) || 'ä😀' || i",
  ok: 'i % 2 = 0',
  day: "(date '1970-01-01' + i::int * 20)",
  at_time: "timestamp '1970-01-01 00:30:00' + to_hours(i * 7)",
  moment: "(timestamptz '1970-01-01 00:00:00+00' + to_hours(i * 500))",
  clock: "time '00:00:00' + to_minutes((i + 40) * 17)",
  ident: "('00000000-0000-4000-8000-' || lpad((i + 40)::varchar, 12, '0'))::uuid",
  raw: "encode('k' || (i + 40))",
}

const partitions: readonly (readonly [column: string, partition: string])[] = [
  ...['small', 'unsigned', 'amount', 'name', 'ok', 'day', 'at_time', 'moment', 'clock', 'ident', 'raw'].map(
    (column) => [column, column] as const,
  ),
  ...['small', 'long', 'unsigned', 'amount', 'huge', 'name', 'day', 'at_time', 'moment', 'clock', 'ident', 'raw'].map(
    (column) => [column, `bucket(5, ${column})`] as const,
  ),
  ['small', 'truncate(7, small)'],
  ['long', 'truncate(9000000, long)'],
  ['unsigned', 'truncate(100000000000, unsigned)'],
  ['amount', 'truncate(1000, amount)'],
  ['name', 'truncate(1, name)'],
  ['name', 'truncate(3, name)'],
  ['raw', 'truncate(2, raw)'],
  ...['year', 'month', 'day'].flatMap((name) =>
    ['day', 'at_time', 'moment'].map((column) => [column, `${name}(${column})`] as const),
  ),
  ['at_time', 'hour(at_time)'],
  ['moment', 'hour(moment)'],
]

const tableOf = (place: number): TableName => `t.p${place}`

let lab: Lab
let all: readonly Row[]

beforeAll(async () => {
  const select = Object.entries(columns).map(
    ([name, sql]) => `case when i % 11 = 0 then null else ${sql} end as ${name}`,
  )
  const source = model('write: replace', `select i, ${select.join(',\n')} from range(-40, 40) r(i)`)
  const models = partitions.map(([, partition], place) => [
    `tables/t/p${place}.sql`,
    model(`write: replace\npartition: "${partition}"`, 'from t.source'),
  ])
  lab = new Lab(makeProject({ 'tables/t/source.sql': source, ...Object.fromEntries(models) }))
  const ran = await lab.run()
  if (ran.status !== 'ok') throw new Error(said(ran).join(', '))
  all = await lab.rows('from t.source order by i')
}, 120_000)

afterAll(async () => {
  await lab.close()
  removeProjects()
})

const filesOf = async (table: TableName, ranges = {}): Promise<number> => {
  const { lakehouse } = await lab.workspace()
  const ref = (await lakehouse.catalog.resolve('dev')).get(table)
  if (ref === undefined) throw new Error(`no ${table}`)
  // `total` speaks of the whole table.
  return (await lakehouse.format.offer(ref, ranges)).groups.flatMap((group) => group.files).length
}

test.each(partitions.map(([column, partition], place) => [partition, column, place] as const))(
  '%s: a value of %s is found in few files, and all of its rows are',
  async (_, column, place) => {
    const table = tableOf(place)
    expect(await lab.rows(`from ${table} order by i`)).toEqual(all)
    expect((await lab.rows(`select count(*)::int as n from ${table} where ${column} is null`))[0]).toEqual({ n: 7 })
    const files = await filesOf(table)
    expect(files).toBeGreaterThan(2)
    for (const i of [-39, -1, 20]) {
      const sought = (columns[column] as string).replaceAll(/\bi\b/g, `(${i})`)
      const value = all.find((row) => Number(row['i']) === i)?.[column] as Scalar
      const found = await lab.rows(`select i from ${table} where ${column} = (${sought}) order by i`)
      const want = all.filter((row) => String(row[column]) === String(value))
      expect([i, found.map((row) => row['i'])]).toEqual([i, want.map((row) => row['i'])])
      // The neutral form of bytes is no scalar, so nothing is pruned by them.
      if (column === 'raw') continue
      expect(await filesOf(table, { [column]: { min: value, max: value } })).toBeLessThan(files)
    }
  },
)

test.each(partitions.map(([column, partition], place) => [partition, column, place] as const))(
  '%s: a range of %s holds the same rows as in a table without partitions',
  async (_, column, place) => {
    for (const [from, to] of [
      [-30, -3],
      [-2, 30],
    ] as const) {
      const bound = (i: number): string => (columns[column] as string).replaceAll(/\bi\b/g, `(${i})`)
      const where = `where ${column} >= (${bound(from)}) and ${column} < (${bound(to)}) order by i`
      const want = await lab.rows(`select i from t.source ${where}`)
      expect(await lab.rows(`select i from ${tableOf(place)} ${where}`)).toEqual(want)
    }
  },
)
