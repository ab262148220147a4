// Type by type: what a text becomes, or why it is a reject. The fast way and the exact way must say the same.
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Columns, PrimitiveType, RawScan } from '@millrace/core'
import { type Bench, openBench } from './bench-session.ts'
import { type Expected, land, type Landed, reject } from './land-values.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** Both ways, with raw texts of the rejects alike but for the column that makes the difference. */
async function both(texts: readonly string[], type: PrimitiveType, options: RawScan['options'] = {}): Promise<Landed> {
  const records = texts.map((text, i) => `${i},${quoted(text)}`)
  const columns: Columns = { n: { type: 'int32' }, v: { type } }
  const fast = await land(bench, `n,v\n${records.join('\n')}\n`, columns, 'csv', options)
  const slow = await land(
    bench,
    `n,v,j\n${records.join(',\n')},\n`,
    { ...columns, j: { type: 'json' } },
    'csv',
    options,
  )
  const same = (one: Landed): Landed => ({
    rows: one.rows,
    rejects: one.rejects.map((each) =>
      (each as string[]).map((part) => (typeof part === 'string' ? part.replace(/,$/, '') : part)),
    ),
  })
  expect(same(slow)).toEqual(same(fast))
  return fast
}

const table: readonly (readonly [PrimitiveType, Expected])[] = [
  [
    'int64',
    [
      ['2.0', 2n],
      ['1e3', 1000n],
      [' 7', 7n],
      ['1.50e1', 15n],
      ['0x1F', 31n],
      ['-0', 0n],
      ['1_000', 1000n],
      ['1.5', reject],
      ['0.4', reject],
      ['1e-1', reject],
      ['2.00000000000000000001', reject],
      ['9223372036854775807.4', reject],
      ['9223372036854775808', reject],
      ['x', reject],
    ],
  ],
  [
    'int8',
    [
      ['127.0', 127],
      ['127.4', reject],
      ['128', reject],
    ],
  ],
  [
    'uint64',
    [
      ['18446744073709551615', 18446744073709551615n],
      ['-1', reject],
      ['1.5', reject],
    ],
  ],
  [
    'decimal(5,2)',
    [
      ['1.550', '1.55'],
      ['1.5', '1.50'],
      ['15e-1', '1.50'],
      ['1.555', reject],
      ['1.5e-2', reject],
      ['999.995', reject],
      ['1000', reject],
    ],
  ],
  [
    'decimal(38,0)',
    [
      ['99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
      ['1.0', '1'],
      ['1.5', reject],
    ],
  ],
  [
    'float64',
    [
      ['0.1', 0.1],
      ['9007199254740993', 9007199254740992],
      ['1e-400', 0],
      ['inf', Infinity],
      ['1e400', reject],
      ['-1e400', reject],
    ],
  ],
  [
    'float32',
    [
      ['0.5', 0.5],
      ['16777217', 16777216],
      ['1e39', reject],
    ],
  ],
  [
    'boolean',
    [
      ['true', true],
      ['F', false],
      ['1', true],
      ['2', reject],
    ],
  ],
  [
    'date',
    [
      ['2026-01-31', '2026-01-31'],
      ['2026-1-5', '2026-01-05'],
      ['2026-01-31 00:00:00', '2026-01-31'],
      ['2026-01-31T00:00:00Z', '2026-01-31'],
      ['2026-01-31 12:00:00', reject],
      ['2026-01-31x', reject],
      ['2026-02-31', reject],
      ['2026-01-31 00:00:00.0000001', reject],
      // Far years are dates, to DuckDB and in Iceberg.
      ['1202026-01-31', '+1202026-01-31'],
      ['5877642-06-25 (BC)', '-5877641-06-25'],
      // Only DuckDB knows these.
      ['infinity', reject],
      [' -inf', reject],
    ],
  ],
  [
    'time',
    [
      ['12:00', '12:00:00'],
      ['12:00:00.123456000', '12:00:00.123456'],
      ['12:00:00.1234567', reject],
      ['12:00:00+02', reject],
      ['2026-01-01 12:00:00', reject],
      ['24:00:00', reject],
    ],
  ],
  [
    'timestamp',
    [
      ['2026-01-31', '2026-01-31T00:00:00'],
      ['2026-01-31 12:00:00.123456000', '2026-01-31T12:00:00.123456'],
      ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00'],
      ['2026-01-31 12:00:00.1234567', reject],
      ['2026-01-31T12:00:00+02:00', reject],
      ['2026-02-31 12:00:00', reject],
      ['294000-01-01 00:00:00', '+294000-01-01T00:00:00'],
      ['-infinity', reject],
    ],
  ],
  [
    'timestamptz',
    [
      ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00Z'],
      ['2026-01-31T12:00:00.1234567Z', reject],
      ['2026-02-31T12:00:00Z', reject],
    ],
  ],
  [
    'timestamp_ns',
    [
      ['2026-01-31 12:00:00.1234567890', '2026-01-31T12:00:00.123456789'],
      ['2026-01-31 12:00:00.1234567891', reject],
      ['2026-01-31T12:00:00+02:00', reject],
    ],
  ],
  [
    'fixed(2)',
    [
      ['ab', Buffer.from('ab')],
      ['abc', reject],
    ],
  ],
]

describe('values of delimited files', () => {
  test.each(table)('%s', async (type, cases) => {
    const { rows, rejects } = await both(
      cases.map(([text]) => text),
      type,
    )
    const bytes = (value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value) : value)
    expect(rows.map((row) => (row as unknown[]).map(bytes))).toEqual(
      cases.flatMap(([, value], i) => (value === reject ? [] : [[i, value]])),
    )
    expect(rejects.map((one) => (one as unknown[]).slice(0, 3))).toEqual(
      cases.flatMap(([text, value], i) => (value === reject ? [[BigInt(i + 2), 'v', `${i},${quoted(text)}`]] : [])),
    )
  })

  test('the reason tells a value that would change from one that is none', async () => {
    const { rejects } = await both(['1.5', 'x', '3'], 'int32')
    expect(rejects.map((one) => (one as unknown[])[3])).toEqual([
      'inexact: "1.5" would become 2 as INTEGER',
      'cast: "x" is no INTEGER',
    ])
    const endless = await both(['infinity', '2026-01-31'], 'date')
    expect(endless.rejects.map((one) => (one as unknown[])[3])).toEqual(['cast: "infinity" is no DATE'])
  })

  test('a decimal comma', async () => {
    const options = { decimal: ',' }
    const { rows, rejects } = await both(['1,50', '1,555', '2', '1.5'], 'decimal(5,2)', options)
    expect(rows).toEqual([
      [0, '1.50'],
      [2, '2.00'],
    ])
    expect(rejects.map((one) => (one as unknown[])[3])).toEqual([
      'inexact: "1,555" would become 1.56 as DECIMAL(5,2)',
      'cast: "1.5" is no DECIMAL(5,2)',
    ])
  })

  test('a format of dates that says a time of day', async () => {
    const { rows, rejects } = await both(['31.01.2026 00:00', '31.01.2026 12:00'], 'date', {
      dateFormat: '%d.%m.%Y %H:%M',
    })
    expect(rows).toEqual([[0, '2026-01-31']])
    expect(rejects.length).toBe(1)
  })

  test('words for moments are none in a format of dates', async () => {
    const words = ['epoch', 'infinity', '-Infinity']
    for (const [type, name, first] of [
      ['date', 'dateFormat', '31/01/2026'],
      ['timestamp', 'timestampFormat', '31/01/2026'],
      ['timestamptz', 'timestampFormat', '31/01/2026'],
    ] as const) {
      const { rows, rejects } = await both([first, ...words], type, { [name]: '%d/%m/%Y' })
      expect(rows).toEqual([[0, expect.stringMatching(/^2026-01-31/)]])
      expect(rejects.map((one) => (one as unknown[])[3])).toEqual(
        words.map((word) => expect.stringContaining(`cast: "${word}" is no `) as string),
      )
    }
  })

  const piece = fc.constantFrom(
    '1',
    '20',
    '-3',
    '.',
    '.5',
    'e2',
    'e-1',
    ' ',
    '0',
    '2026-01-31',
    ' 00:00:00',
    'T12:30:05',
    '.123456',
    '7',
    'Z',
    '+02:00',
    'x',
    ':',
  )
  const text = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
  const types = table.map(([type]) => type).filter((type) => !type.startsWith('fixed'))

  test('any texts land alike both ways', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...types),
        fc.array(text, { minLength: 3, maxLength: 12 }),
        async (type, texts) => {
          await both(texts, type)
        },
      ),
      { numRuns: 60 },
    )
  })
})
