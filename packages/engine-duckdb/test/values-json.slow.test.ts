// The values of JSON, as `values.slow.test.ts` has those of delimited files.
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Columns, DataType } from '@millrace/core'
import { csvTexts } from '../src/index.ts'
import { literal } from '../src/sql/quote.ts'
import { type Bench, never, openBench, query } from './bench-session.ts'
import { type Expected, land, type Landed, reject } from './land-values.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

/** How a file of records is made to be read: by the fast reader, sorted record by record, or all of it the exact way. */
type Way = 'fast' | 'sorted' | 'exact'

/** Read back as a value of JSON, a text would not be told from what it means. */
function shownAs(type: DataType): string {
  if (type === 'json') return 'v::varchar'
  return JSON.stringify(type).includes('json') ? 'v::struct(j varchar, "all" varchar[])' : 'v'
}

/** A whole number that is a text is taken, but not by the fast reader. */
async function landJson(
  values: readonly string[],
  type: DataType,
  layout: 'lines' | 'array',
  way: Way,
): Promise<Landed> {
  const records = values.map((value, i) => `{"n": ${way === 'exact' ? `"${i}"` : i}, "v": ${value}}`)
  const all = way === 'sorted' ? [...records, '{"n": "1000000"}'] : records
  const text = layout === 'array' ? `[${all.join(',\n')}]` : `${all.join('\n')}\n`
  const columns = { n: { type: 'int32' }, v: { type } } as const
  const { rows, rejects } = await land(bench, text, columns, 'json', { layout }, shownAs(type))
  return { rows: rows.filter((row) => (row as unknown[])[0] !== 1_000_000), rejects }
}

const jsonTable: readonly (readonly [DataType, Expected])[] = [
  [
    'int64',
    [
      ['1', 1n],
      ['2.0', 2n],
      ['1e3', 1000n],
      ['"7"', 7n],
      ['9007199254740993.0', 9007199254740993n],
      ['9223372036854775807', 9223372036854775807n],
      ['1.5', reject],
      ['true', reject],
      ['"1.5"', reject],
      ['1.00000000000000000001', reject],
      ['[1]', reject],
      ['12345678901234567890123', reject],
    ],
  ],
  [
    'decimal(5,2)',
    [
      ['1.55', '1.55'],
      ['1.005', reject],
      ['1.550', '1.55'],
      ['"1.5"', '1.50'],
      ['true', reject],
      ['1e2', '100.00'],
    ],
  ],
  [
    'decimal(38,2)',
    [
      ['12345678901234567.89', '12345678901234567.89'],
      ['"12345678901234567.89"', '12345678901234567.89'],
      ['123456789012345678901234567890.12', '123456789012345678901234567890.12'],
      ['123456789012345678901234567890', '123456789012345678901234567890.00'],
    ],
  ],
  [
    'float64',
    [
      ['0.1', 0.1],
      ['1', 1],
      ['1e-5', 0.00001],
      ['"1.5"', 1.5],
      ['1e400', reject],
      ['true', reject],
    ],
  ],
  [
    'float32',
    [
      ['0.5', 0.5],
      ['1e39', reject],
    ],
  ],
  [
    'boolean',
    [
      ['true', true],
      ['"yes"', true],
      ['1', true],
      ['5', reject],
    ],
  ],
  [
    'string',
    [
      ['"a"', 'a'],
      ['1', '1'],
      ['12345678901234567.89', '12345678901234567.89'],
      ['1.10', '1.10'],
      ['1e2', '1e2'],
      ['true', 'true'],
      ['{"x":1}', '{"x":1}'],
      ['{"x": 1.10}', '{"x":1.10}'],
      ['{"x": 1.1.1}', reject],
      ['1.1.1', reject],
      ['"\\u00e4"', 'ä'],
    ],
  ],
  [
    'date',
    [
      ['"2026-01-31"', '2026-01-31'],
      ['"2026-01-31T12:00:00"', reject],
      ['20260131', reject],
    ],
  ],
  [
    'time',
    [
      ['"12:00:00"', '12:00:00'],
      ['"12:00:00.1234567"', reject],
    ],
  ],
  [
    'timestamp',
    [
      ['"2026-01-31T12:00:00.5Z"', '2026-01-31T12:00:00.500000'],
      ['"2026-01-31T12:00:00+02:00"', reject],
      ['1767268800', reject],
    ],
  ],
  [
    'timestamptz',
    [
      ['"2026-01-31T12:00:00+02:00"', '2026-01-31T10:00:00Z'],
      ['"2026-01-31T12:00:00.1234567Z"', reject],
    ],
  ],
  [
    'json',
    [
      ['{"p":12345678901234567.89}', '{"p":12345678901234567.89}'],
      ['{"p": [1.10, 1e2, 1.0, 0.5, -0]}', '{"p":[1.10,1e2,1.0,0.5,-0]}'],
      [
        '{"p": 1, "q": [2.25, -3, 0.00012, 7.0, 1e-7, 0.0000001, 0.0]}',
        '{"p":1,"q":[2.25,-3,0.00012,7.0,1e-7,0.0000001,0.0]}',
      ],
      ['1.10', '1.10'],
      ['2.5', '2.5'],
      ['123456789012345678901234567890', '123456789012345678901234567890'],
      ['"1.10"', '"1.10"'],
      ['"a \\"b\\" \\n c"', '"a \\"b\\" \\n c"'],
      ['"\\u00e4"', '"\\u00e4"'],
      ['{"a": {"a": "x  y"}}', '{"a":{"a":"x  y"}}'],
      ['null', null],
      ['"null"', '"null"'],
      ['{"x" 1}', reject],
    ],
  ],
  [
    { list: 'decimal(18,2)' },
    [
      ['[90071992547409.93, 1.5]', ['90071992547409.93', '1.50']],
      ['["90071992547409.93", null]', ['90071992547409.93', null]],
      ['[9007199254740993]', ['9007199254740993.00']],
      ['[1.005]', reject],
      ['[0.00900719925474099300]', reject],
    ],
  ],
  [
    { struct: { d: { type: 'decimal(18,2)' }, s: { type: 'string' }, f: { type: 'float64' } } },
    [
      ['{"d": 90071992547409.93}', { d: '90071992547409.93', s: null, f: null }],
      ['{"d": 1, "s": 1.10, "f": 0.1000000000000000055}', { d: '1.00', s: '1.10', f: 0.1 }],
      ['{"d": 1, "d": 2}', reject],
      ['{"d": 1, "s": "a", "s": "b"}', reject],
    ],
  ],
  [
    { struct: { j: { type: 'json' }, all: { type: { list: 'json' } } } },
    [
      [
        '{"j": {"n": 12345678901234567890.123, "s": "a \\" b"}}',
        { j: '{"n":12345678901234567890.123,"s":"a \\" b"}', all: null },
      ],
      [
        '{"j": "text", "all": [1.10, "x", null, {"a":  [ ]}, true]}',
        { j: '"text"', all: ['1.10', '"x"', null, '{"a":[]}', 'true'] },
      ],
      ['{"j": "{}"}', { j: '"{}"', all: null }],
      ['{"j": {"a": 1}, "all": [1"]}', reject],
      ['{"j":', reject],
    ],
  ],
  [
    { map: ['string', { list: { struct: { d: { type: 'decimal(38,2)' } } } }] },
    [
      ['{"a": [{"d": 12345678901234567.89}]}', new Map([['a', [{ d: '12345678901234567.89' }]]])],
      ['{"a": [], "a": []}', reject],
      ['{"a": [], "\\u0061": []}', reject],
      ['{"a": [{"d": 1}, {"d": 1, "d": 2}]}', reject],
    ],
  ],
  [
    { list: 'int32' },
    [
      ['[1, 2]', [1, 2]],
      ['[]', []],
      ['["3"]', [3]],
      ['[1.5]', reject],
      ['[1, "x"]', reject],
      ['1', reject],
    ],
  ],
  [
    { struct: { x: { type: 'date' } } },
    [
      ['{"x": "2026-01-31"}', { x: '2026-01-31' }],
      ['{}', { x: null }],
      ['{"x": "2026-01-31 09:00"}', reject],
      ['{"x": "2026-01-31", "q": 1}', reject],
      ['{"X": "2026-01-31"}', { x: '2026-01-31' }],
      ['{"x":', reject],
    ],
  ],
]

const ends = (value: string): boolean => !value.endsWith(':') && value.replaceAll(/\\"|[^"]/g, '').length % 2 === 0

const cell = (row: unknown, at: number): unknown => (row as unknown[])[at]

describe('values of JSON', () => {
  test('what is no JSON is never made some', async () => {
    const lines = [
      '"note": 1 2',
      '"note": {"k": 1 2}',
      '"note": - 5',
      '"note": 1 000.50',
      '"j": [1 2, 3]',
      '"j": {"x": 1 .5}',
      '"j": 1 2',
      '"d": 1.234567890 1234567',
      '"l": [1 2]',
      '"l": [1.10"]',
      '"s": {"j": [1"]}',
    ].map((text, i) => `{"n": ${i}, ${text}}`)
    const columns: Columns = {
      n: { type: 'int32' },
      note: { type: 'string' },
      j: { type: 'json' },
      d: { type: 'decimal(38,20)' },
      l: { type: { list: 'string' } },
      s: { type: { struct: { j: { type: 'json' } } } },
      v: { type: 'string' },
    }
    const { rows, rejects } = await land(bench, `${lines.join('\n')}\n`, columns, 'json', {})
    expect(rows).toEqual([])
    expect(rejects.map((one) => cell(one, 2))).toEqual(lines)
  })

  test('a name means its column however it is written; of two values of one name neither is chosen', async () => {
    const lines = [
      '{"N": 1, "V": 12345678901234567.5}',
      '{"n": 2, "v": 2}',
      '{"n": 3, "v": 1, "V": 2}',
      '{"n": 4, "v": 1, "v": 2}',
    ]
    const columns = { n: { type: 'int32' }, v: { type: 'decimal(20,1)' } } as const
    const { rows, rejects } = await land(bench, `${lines.join('\n')}\n`, columns, 'json', {})
    expect(rows).toEqual([
      [1, '12345678901234567.5'],
      [2, '2.0'],
    ])
    expect(rejects).toEqual([
      [3n, null, lines[2], 'json: a name stands twice'],
      [4n, null, lines[3], 'json: a name stands twice'],
    ])
  })

  test('a name means its field however it is written, at any depth, in JSON files and in delimited ones', async () => {
    const pair: DataType = { struct: { a: { type: 'int32' }, Bee: { type: 'decimal(20,1)' } } }
    const deep: DataType = { struct: { list: { type: { list: pair } }, map: { type: { map: ['string', pair] } } } }
    const values = [
      '{"LIST": [{"A": 1, "bee": 12345678901234567.5}, {"a": 2}], "Map": {"Any": {"BEE": 3, "A": null}}}',
      '{"list": [{"a": 1, "A": 2}]}',
      '{"list": [{"c": 1}]}',
    ]
    const row = {
      list: [
        { a: 1, Bee: '12345678901234567.5' },
        { a: 2, Bee: null },
      ],
      map: new Map([['Any', { a: null, Bee: '3.0' }]]),
    }
    const told = ['json: a name stands twice', 'fields: ']
    const columns = { n: { type: 'int32' }, v: { type: deep } } as const
    const fields = values.map((text, i) => `${i},"${text.replaceAll('"', '""')}"\n`).join('')
    const ways = ['fast', 'sorted', 'exact'] as const
    for (const { rows, rejects } of [
      ...(await Promise.all(ways.map(async (way) => await landJson(values, deep, 'lines', way)))),
      await land(bench, `n,v\n${fields}`, columns, 'csv', {}),
    ]) {
      expect(rows).toEqual([[0, row]])
      expect(rejects.map((one) => cell(one, 3))).toEqual(told.map((text) => expect.stringContaining(text) as unknown))
    }
    const ignored = `${JSON.stringify({ n: 1, v: { LIST: [{ A: 1, c: 2 }] } })}\n`
    const { rows } = await land(bench, ignored, columns, 'json', { newColumns: 'ignore' })
    expect(rows).toEqual([[1, { list: [{ a: 1, Bee: null }], map: null }]])
  })

  test('fields that a struct has not are never lost in silence, at any depth', async () => {
    const pair: DataType = { struct: { a: { type: 'int32' }, b: { type: 'string' } } }
    const deep: DataType = { struct: { list: { type: { list: pair } }, map: { type: { map: ['string', pair] } } } }
    const values = [
      '{"list": [{"a": 1, "b": "x"}], "map": {"any": {"a": 2}}}',
      '{"list": [{"a": 1}, {"a": 2, "c": 3}]}',
      '{"map": {"any": {"c": {"a": 1}}}}',
      '{"list": [], "more": null}',
    ]
    for (const way of ['fast', 'sorted', 'exact'] as const) {
      const { rows, rejects } = await landJson(values, deep, 'lines', way)
      expect(rows.map((row) => cell(row, 0))).toEqual([0])
      expect(rejects.map((one) => [cell(one, 0), cell(one, 1)])).toEqual([2n, 3n, 4n].map((line) => [line, 'v']))
      expect(rejects.map((one) => cell(one, 3))).toEqual(
        values.slice(1).map(() => expect.stringMatching(/^fields: ".*" has some that STRUCT/) as unknown),
      )
    }
    const text = '{"n": 1, "v": {"a": 1, "c": "q"}}\n'
    const { rows } = await land(bench, text, { n: { type: 'int32' }, v: { type: pair } }, 'json', {
      newColumns: 'ignore',
    })
    expect(rows).toEqual([[1, { a: 1, b: null }]])
  })

  test('a name that stands twice inside a value is told as one that does so in its record', async () => {
    const type: DataType = { list: { map: ['string', 'int32'] } }
    const { rejects } = await landJson(['[{"a": 1, "a": 2}]'], type, 'lines', 'fast')
    expect(rejects.map((one) => [cell(one, 1), cell(one, 3)])).toEqual([['v', 'json: a name stands twice']])
  })

  test.each(jsonTable)('%j', async (type, cases) => {
    for (const layout of ['lines', 'array'] as const)
      for (const way of ['fast', 'sorted', 'exact'] as const) {
        // An element that does not end takes the array with it.
        const given = layout === 'array' ? cases.filter(([text]) => ends(text)) : cases
        const texts = given.map(([text]) => text)
        const { rows, rejects } = await landJson(texts, type, layout, way)
        expect(rows).toEqual(given.flatMap(([, value], i) => (value === reject ? [] : [[i, value]])))
        const lines = given.flatMap(([, value], i) => (value === reject ? [BigInt(i + 1)] : []))
        expect(rejects.map((one) => cell(one, 0))).toEqual(lines)
      }
  })

  test.each(jsonTable.filter(([type]) => typeof type !== 'string'))('%j in a delimited file', async (type, cases) => {
    const records = cases.map(([text], i) => `${i},"${text.replaceAll('"', '""')}"\n`)
    const columns = { n: { type: 'int32' }, v: { type } } as const
    const { rows, rejects } = await land(bench, `n,v\n${records.join('')}`, columns, 'csv', {}, shownAs(type))
    expect(rows).toEqual(cases.flatMap(([, value], i) => (value === reject ? [] : [[i, value]])))
    expect(rejects.map((one) => cell(one, 0))).toEqual(
      cases.flatMap(([, value], i) => (value === reject ? [BigInt(i + 2)] : [])),
    )
  })

  const value = fc.oneof(
    fc.constantFrom(
      '1',
      '-20',
      '1.5',
      '2.0',
      '1e3',
      '0.25',
      'true',
      'null',
      '"7"',
      '"1.5"',
      '"x"',
      '[]',
      '{}',
      '1.005',
      '12345678901234567.89',
    ),
    fc.constantFrom(
      '"2026-01-31"',
      '"2026-01-31T12:00:00"',
      '"2026-01-31 12:00:00.1234567"',
      '"12:30:00"',
      '"2026-02-31"',
      '""',
      '-0',
      '128',
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
  )

  test('records land alike, whether the fast reader takes them or the exact way', async () => {
    const types = jsonTable.map(([type]) => type)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...types),
        fc.array(value, { minLength: 1, maxLength: 8 }),
        async (type, values) => {
          const exact = await landJson(values, type, 'lines', 'exact')
          const sorted = await landJson(values, type, 'lines', 'sorted')
          expect(sorted.rows).toEqual(exact.rows)
          // Line, column and reason: the raw texts differ where the numbers of the records do.
          const told = (one: Landed): readonly unknown[] =>
            one.rejects.map((each) => [cell(each, 0), cell(each, 1), cell(each, 3)])
          expect(told(sorted)).toEqual(told(exact))
        },
      ),
      { numRuns: 40 },
    )
  })
})

test('what CSV shows of a json column lands as what it was', async () => {
  const documents = ['"null"', 'null', '"1"', '1', '""', '"a, \\"b\\""', '{"a": [1, null]}', '"{}"', 'true', '"true"']
  const values = [...documents, null]
  const sql = values
    .map((one, n) => `select ${n}::int as n, ${one === null ? 'null' : literal(one)}::json as v`)
    .join(' union all ')
  const lines: string[] = []
  for await (const batch of bench.session.read(query(`${sql} order by n`), never))
    lines.push(...csvTexts(batch, ['n', 'v']))
  const columns: Columns = { n: { type: 'int32' }, v: { type: 'json' } }
  const { rows, rejects } = await land(bench, `n,v\n${lines.join('\n')}\n`, columns, 'csv', {}, 'v::varchar')
  const tight = values.map((one, n) => [n, one === null ? null : JSON.stringify(JSON.parse(one))])
  expect({ rows, rejects }).toEqual({ rows: tight, rejects: [] })
})
