import type { ColumnStats, DataFile, Ranges } from '@millrace/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { change, draftOf, headOf, type Lake, openLake, publish, spec } from './support/lake.ts'

let lake: Lake
beforeAll(async () => {
  lake = await openLake()
})
afterAll(() => lake.catalog.close())

const columns = {
  id: { type: 'int64' },
  price: { type: 'float64' },
  at: { type: 'timestamp' },
  name: { type: 'string' },
  amount: { type: 'decimal(9,2)' },
  small: { type: 'uint64' },
} as const

interface Part {
  readonly name: string
  readonly stats?: Readonly<Partial<Record<keyof typeof columns, ColumnStats>>>
  readonly partition?: DataFile['partition']
}

let tables = 0

/** A table of files that are known by their statistics alone; answers which of them a range leaves. */
async function table(
  parts: readonly Part[],
  partition: readonly string[] = [],
): Promise<(ranges: Ranges) => Promise<string>> {
  const name = `silver.pruned${(tables += 1)}` as const
  const draft = await draftOf(lake, name, spec(columns, { partition }))
  const ids = new Map(draft.shape.fields.map((field) => [field.name, field.id]))
  for (const part of parts) {
    const stats = Object.fromEntries(
      Object.entries(part.stats ?? {}).map(([column, one]) => [ids.get(column) ?? 0, one]),
    )
    const file = {
      path: `${draft.sink.prefix}/${part.name}.parquet`,
      rows: 10,
      bytes: 100,
      partition: part.partition ?? [],
      spec: draft.shape.specId,
      schema: draft.shape.schemaId,
      stats,
    }
    const base = (await lake.catalog.resolve('prod')).get(name) ?? null
    await publish(lake, [await lake.format.stage({ ...draft, base }, change({ files: [file], rows: 10, bytes: 100 }))])
  }
  return async (ranges) => {
    const scan = await lake.format.offer(await headOf(lake, name), ranges)
    const names = scan.groups.flatMap((group) =>
      group.files.map((file) => file.path.replace(/^.*\/(.*)\.parquet$/, '$1')),
    )
    return names.toSorted().join(' ')
  }
}

test('bounds leave out files; what has none stays in', async () => {
  const left = await table([
    {
      name: 'low',
      stats: { id: { min: 1n, max: 10n }, name: { min: 'a', max: 'f' }, amount: { min: '-1.50', max: '2.00' } },
    },
    {
      name: 'high',
      stats: { id: { min: 11n, max: 20n }, name: { min: 'g', max: 'z' }, amount: { min: '2.01', max: '9' } },
    },
    { name: 'unknown' },
  ])
  expect(await left({ id: { min: 11 } })).toBe('high unknown')
  expect(await left({ id: { max: 10n } })).toBe('low unknown')
  expect(await left({ ID: { min: 10, max: 11 } })).toBe('high low unknown')
  expect(await left({ id: { in: [5, 30] } })).toBe('low unknown')
  expect(await left({ id: { in: [5, null] } })).toBe('high low unknown')
  expect(await left({ name: { min: 'g' } })).toBe('high unknown')
  expect(await left({ amount: { max: '2.00' } })).toBe('low unknown')
  expect(await left({ amount: { min: '2.005' } })).toBe('high low unknown')
  expect(await left({ nothing: { min: 1 } })).toBe('high low unknown')
  expect(await left({ id: { min: 11 }, name: { max: 'f' } })).toBe('unknown')
})

test('a file of nulls holds no row of any range', async () => {
  const left = await table([
    { name: 'nulls', stats: { id: { values: 10, nulls: 10 } } },
    { name: 'rest', stats: { id: { values: 10, nulls: 9, min: 1n, max: 1n } } },
  ])
  expect(await left({ id: { min: 1 } })).toBe('rest')
})

test('NaN is above all numbers: a file that may hold one is not left out by its greatest number', async () => {
  const left = await table([
    { name: 'none', stats: { price: { min: 1, max: 2, nans: 0 } } },
    { name: 'some', stats: { price: { min: 1, max: 2, nans: 1 } } },
    { name: 'unknown', stats: { price: { min: 1, max: 2 } } },
  ])
  expect(await left({ price: { min: 5 } })).toBe('some unknown')
  expect(await left({ price: { max: 0.5 } })).toBe('')
  expect(await left({ price: { min: -0, max: 0 } })).toBe('')
})

test('a long text is found though its bounds are cut', async () => {
  const long = 'abcdefghijklmnopqrstuvwxyz'
  const left = await table([{ name: 'long', stats: { name: { min: long, max: long } } }])
  expect(await left({ name: { in: [long] } })).toBe('long')
  expect(await left({ name: { min: 'abcdefghijklmnor' } })).toBe('')
  expect(await left({ name: { min: 'abcdefghijklmnoqzzz' } })).toBe('')
})

test('times of a range become months and days of the partitions', async () => {
  const left = await table(
    [
      { name: 'dec', partition: [647, '2023-12-31'] },
      { name: 'jan', partition: [648, 19_723] },
      { name: 'never', partition: [null, null] },
    ],
    ['month(at)', 'day(at)'],
  )
  expect(await left({ at: { min: '2024-01-01 00:00:00' } })).toBe('jan')
  expect(await left({ at: { max: '2023-12-31T23:59:59.999999' } })).toBe('dec')
  expect(await left({ at: { min: '2023-12-31', max: '2024-01-01' } })).toBe('dec jan')
  expect(await left({ id: { min: 1 } })).toBe('dec jan never')
})

test('buckets are chosen by equality alone, and truncated values by ranges', async () => {
  const left = await table(
    [
      { name: 'b3', partition: [3, 'aa'] },
      { name: 'b0', partition: [0, 'bb'] },
    ],
    ['bucket(4, id)', 'truncate(2, name)'],
  )
  expect(await left({ id: { min: 34, max: 34 } })).toBe('b3')
  expect(await left({ id: { in: [34n] } })).toBe('b3')
  expect(await left({ id: { min: 34, max: 35 } })).toBe('b0 b3')
  expect(await left({ name: { min: 'ab' } })).toBe('b0')
  expect(await left({ name: { max: 'aazz' } })).toBe('b3')
})

test('a type that the table stores as another is compared as what it is', async () => {
  const left = await table([
    { name: 'low', stats: { small: { min: '1', max: '9' } } },
    { name: 'high', stats: { small: { min: '9223372036854775808', max: '18446744073709551615' } } },
  ])
  expect(await left({ small: { min: 10n } })).toBe('high')
  expect(await left({ small: { in: [18_446_744_073_709_551_615n] } })).toBe('high')
})
