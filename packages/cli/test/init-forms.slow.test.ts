// What `init --from` proposes lands every row of the file that it looked at, with the values that the file says.
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { config, Folder } from './command.ts'

const folder = new Folder().write({ 'millrace.config.ts': config })
afterAll(() => folder.remove())

interface Field {
  readonly written: string
  /** What the table has where the column is what it looks like. */
  readonly value: string
}

const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
const two = (n: number): string => String(n).padStart(2, '0')

const dated =
  (write: (day: string, month: string, year: string) => string) =>
  (at: Date): Field => {
    const [year = '', month = '', days = ''] = at.toISOString().slice(0, 10).split('-')
    return { written: write(days, month, year), value: `${year}-${month}-${days}` }
  }

const dates = [
  dated((d, m, y) => `${d}.${m}.${y}`),
  dated((d, m, y) => `${Number(d)}/${Number(m)}/${y}`),
  dated((d, m, y) => `${m}/${d}/${y}`),
  dated((d, m, y) => `${m}-${d}-${y}`),
  dated((d, m, y) => `${y}/${m}/${d}`),
  dated((d, m, y) => `${y}-${m}-${d}`),
]

const times: readonly ((at: Date) => Field)[] = [
  (at) => ({
    written: `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`,
    value: `${at.toISOString().slice(11, 16)}:00`,
  }),
  (at) => ({ written: at.toISOString().slice(11, 19), value: at.toISOString().slice(11, 19) }),
  (at) => ({
    written: `${at.getUTCHours() % 12 || 12}:${two(at.getUTCMinutes())} ${at.getUTCHours() < 12 ? 'am' : 'PM'}`,
    value: `${at.toISOString().slice(11, 16)}:00`,
  }),
]

const number = (mark: string, places: number) =>
  fc.tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.nat({ max: 10 ** places - 1 })).map(([whole, part]): Field => {
    const digits = String(part).padStart(places, '0')
    return { written: `${whole}${mark}${digits}`, value: `${whole}.${digits}` }
  })

const same = (written: string): Field => ({ written, value: written })

const columns: fc.Arbitrary<fc.Arbitrary<Field>> = fc.oneof(
  fc.constantFrom(...dates).map((date) => day.map(date)),
  fc.constantFrom(...dates).chain((date) =>
    fc.constantFrom(...times).map((time) =>
      day.map((at) => ({
        written: `${date(at).written} ${time(at).written}`,
        value: `${date(at).value} ${time(at).value}`,
      })),
    ),
  ),
  fc.tuple(fc.constantFrom(',', '.'), fc.integer({ min: 1, max: 9 })).map(([mark, places]) => number(mark, places)),
  fc.constant(fc.integer({ min: -1000, max: 1000 }).map((n) => same(String(n)))),
  fc.constant(fc.nat({ max: 999_999 }).map((n) => same(`+49${n}`))),
  fc.constant(fc.nat({ max: 999 }).map((n) => same(`${n}.${two(n % 100)}0,5`))),
)

interface File {
  readonly delimiter: string
  readonly rows: readonly (readonly (Field | null)[])[]
}

const files: fc.Arbitrary<File> = fc.array(columns, { minLength: 1, maxLength: 5 }).chain((fields) =>
  fc.record({
    delimiter: fc.constantFrom(';', '\t', '|'),
    rows: fc.array(fc.tuple(...fields.map((field) => fc.option(field, { freq: 6 }))), { minLength: 1, maxLength: 6 }),
  }),
)

test('generated files land whole, each value as the column that was proposed says', async () => {
  const made = fc.sample(files, { numRuns: 16, seed: 20_260_131 })
  const tables: Readonly<Record<string, string>>[] = []
  for (const [i, { delimiter, rows }] of made.entries()) {
    const names = ['n', ...(rows[0] ?? []).map((_, at) => `c${at}`)]
    const lines = rows.map((row, n) => [`r${n}`, ...row.map((field) => field?.written ?? '')].join(delimiter))
    folder.write({ [`f${i}.csv`]: `${[names.join(delimiter), ...lines].join('\n')}\n` })
    const { columns: types } = await folder.json<{ columns: Record<string, string> }>('init', '--from', `f${i}.csv`)
    tables.push(types)
  }
  await folder.prepare('run')
  expect(await folder.json('tables')).toHaveLength(made.length)
  const kinds = new Set<string>()
  for (const [i, { rows }] of made.entries()) {
    const types = tables[i] ?? {}
    const landed = await folder.json<Record<string, unknown>[]>(
      'query',
      `select columns(*)::varchar from bronze.f${i} order by n`,
    )
    const expected = rows.map((row, n) => ({
      n: `r${n}`,
      ...Object.fromEntries(row.map((field, at) => [`c${at}`, valueOf(field, types[`c${at}`] ?? '')])),
    }))
    expect(
      landed.map((row) => numbered(row, types)),
      `f${i}`,
    ).toEqual(expected)
    for (const type of Object.values(types)) kinds.add(type.replace(/\(.*/, ''))
  }
  expect([...kinds].toSorted()).toEqual(['date', 'decimal', 'float64', 'int64', 'string', 'timestamp'])
})

function valueOf(field: Field | null, type: string): string | number | null {
  if (field === null) return null
  if (type === 'string') return field.written
  return /^(?:decimal|float|int)/.test(type) ? Number(field.value) : field.value
}

/** Numbers by their value: how many zeros stand behind them is the type's. */
const numbered = (row: Readonly<Record<string, unknown>>, types: Readonly<Record<string, string>>): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value !== null && /^(?:decimal|float|int)/.test(types[name] ?? '') ? Number(value) : value,
    ]),
  )
