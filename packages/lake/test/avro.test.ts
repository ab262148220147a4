import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAvro, writeAvro } from '../src/avro/container.ts'
import type { AvroSchema, AvroValue } from '../src/avro/schema.ts'
import { inflateSnappy } from '../src/avro/snappy.ts'

const long = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value))

const leaf: readonly (readonly [AvroSchema, fc.Arbitrary<AvroValue>])[] = [
  ['boolean', fc.boolean()],
  ['int', fc.integer()],
  ['long', long],
  ['double', fc.double({ noNaN: true })],
  ['string', fc.string({ unit: 'binary' })],
  ['bytes', fc.uint8Array().map((bytes) => Buffer.from(bytes))],
  [
    { type: 'fixed', name: 'f', size: 4 },
    fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  ],
]

const pair = fc
  .constantFrom(...leaf)
  .chain(([schema, value]) =>
    fc.constantFrom<readonly [AvroSchema, fc.Arbitrary<AvroValue>]>(
      [schema, value],
      [['null', schema], fc.option(value)],
      [{ type: 'array', items: schema }, fc.array(value, { maxLength: 4 })],
      [{ type: 'map', values: schema }, fc.dictionary(fc.string(), value, { maxKeys: 3, noNullPrototype: true })],
    ),
  )

const record = fc.array(pair, { minLength: 1, maxLength: 5 }).chain((pairs) => {
  const fields = pairs.map(([type], at) => ({ name: `f${at}`, type: renamed(type, at), 'field-id': at }))
  const values = fc.record(Object.fromEntries(pairs.map(([, value], at) => [`f${at}`, value])))
  return fc.record({
    schema: fc.constant<AvroSchema>({ type: 'record', name: 'row', fields }),
    records: fc.array(values, { maxLength: 8 }),
    codec: fc.constantFrom('null' as const, 'deflate' as const, 'zstandard' as const),
  })
})

/** Fixed types are named, and names are unique in a schema. */
function renamed(type: AvroSchema, at: number): AvroSchema {
  return JSON.parse(JSON.stringify(type).replaceAll('"name":"f"', `"name":"f_${at}"`))
}

test('what is written is read again, whatever the schema and the codec', () => {
  fc.assert(
    fc.property(record, ({ schema, records, codec }) => {
      const read = readAvro(writeAvro({ schema, header: { note: 'x' }, records }, codec))
      expect(read.records).toEqual(records)
      expect(read.header['note']).toBe('x')
    }),
    { numRuns: 200 },
  )
})

test('a key of a map may have any name', () => {
  const values: AvroSchema = { type: 'map', values: 'int' }
  const schema: AvroSchema = { type: 'record', name: 'r', fields: [{ name: 'm', type: values }] }
  const m = Object.fromEntries(['__proto__', 'constructor', ''].map((key, at) => [key, at]))
  const [read] = readAvro(writeAvro({ schema, header: {}, records: [{ m }] })).records
  expect(Object.entries(read?.['m'] ?? {})).toEqual(Object.entries(m))
})

test('P5: ids of 63 bits keep every digit', () => {
  const schema: AvroSchema = { type: 'record', name: 'r', fields: [{ name: 'id', type: 'long' }] }
  const id = 7_234_567_890_123_456_789n
  expect(readAvro(writeAvro({ schema, header: {}, records: [{ id }] })).records).toEqual([{ id }])
})

test('P14: field ids and logical types stay in the header', () => {
  const schema: AvroSchema = {
    type: 'record',
    name: 'r',
    fields: [{ name: 'd', type: { type: 'int', logicalType: 'date' }, 'field-id': 1001 }],
  }
  expect(readAvro(writeAvro({ schema, header: {}, records: [{ d: 5 }] })).schema).toEqual(schema)
})

test('P17: snappy blocks of foreign writers are read', () => {
  // "Wikipedia is a free, web-based, " twice: a literal, and a copy with a two-byte offset.
  const text = 'Wikipedia is a free, web-based, '
  const literal = Buffer.concat([Buffer.from([(text.length - 1) << 2]), Buffer.from(text)])
  const copy = Buffer.from([((text.length - 1) << 2) | 2, text.length, 0])
  const block = Buffer.concat([Buffer.from([text.length * 2]), literal, copy])
  expect(inflateSnappy(block).toString()).toBe(text + text)
  // A copy that overlaps itself repeats: "ab" and then 6 more bytes from 2 back.
  const run = Buffer.from([8, 1 << 2, 0x61, 0x62, (2 << 2) | 1, 2])
  expect(inflateSnappy(run).toString()).toBe('abababab')
  expect(() => inflateSnappy(Buffer.from([8, 1 << 2, 0x61, 0x62]))).toThrow('shorter')
})

test('a file that was cut short is an error and not a shorter table', () => {
  const schema: AvroSchema = { type: 'record', name: 'r', fields: [{ name: 'id', type: 'long' }] }
  const bytes = writeAvro({ schema, header: {}, records: [{ id: 1 }, { id: 2 }] })
  for (const left of [3, 10, bytes.length - 20, bytes.length - 1])
    expect(() => readAvro(bytes.subarray(0, left))).toThrow(/Avro/)
})

test('what is unpacked weighs what it holds in memory, not how many records it has', () => {
  const schema: AvroSchema = { type: 'record', name: 'r', fields: [{ name: 'b', type: 'bytes' }] }
  const weight = (size: number): number =>
    readAvro(writeAvro({ schema, header: {}, records: [{ b: Buffer.alloc(size) }, { b: Buffer.alloc(size) }] })).weight
  expect(weight(1_000_000) - weight(0)).toBeGreaterThanOrEqual(2_000_000)
})
