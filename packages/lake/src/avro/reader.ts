import type { AvroRecord, AvroSchema, AvroValue } from './schema.ts'

/** Bytes and the place that has been read up to. */
export interface Cursor {
  readonly bytes: Buffer
  at: number
}

export type Read = (cursor: Cursor) => AvroValue

/** Compiles a schema into the function that reads one value of it. */
export function compileReader(schema: AvroSchema): Read {
  if (Array.isArray(schema)) return unionReader(schema.map(compileReader))
  const one = schema as Exclude<AvroSchema, readonly AvroSchema[]>
  if (typeof one === 'string') return readers[one]
  switch (one.type) {
    case 'record':
      return recordReader(one.fields.map((field) => [field.name, compileReader(field.type)]))
    case 'array':
      return arrayReader(compileReader(one.items))
    case 'map':
      return mapReader(compileReader(one.values))
    case 'fixed':
      return (cursor) => take(cursor, one.size)
    case 'enum':
      return (cursor) => one.symbols[readInt(cursor)] ?? null
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'bytes':
    case 'string':
      return readers[one.type]
  }
}

const readers = {
  null: () => null,
  boolean: (cursor) => take(cursor, 1)[0] === 1,
  int: readLong,
  long: readLong,
  float: (cursor) => take(cursor, 4).readFloatLE(),
  double: (cursor) => take(cursor, 8).readDoubleLE(),
  bytes: (cursor) => take(cursor, readInt(cursor)),
  string: readString,
} satisfies Record<string, Read>

function unionReader(branches: readonly Read[]): Read {
  return (cursor) => {
    const branch = branches[readInt(cursor)]
    if (branch === undefined) throw new Error('Avro union branch out of range')
    return branch(cursor)
  }
}

function recordReader(fields: readonly (readonly [string, Read])[]): Read {
  return (cursor) => {
    const record: AvroRecord = {}
    for (const [name, read] of fields) record[name] = read(cursor)
    return record
  }
}

function arrayReader(item: Read): Read {
  return (cursor) => {
    const items: AvroValue[] = []
    readBlocks(cursor, () => items.push(item(cursor)))
    return items
  }
}

function mapReader(value: Read): Read {
  return (cursor) => {
    const entries: AvroRecord = {}
    readBlocks(cursor, () => {
      const key = readString(cursor)
      entries[key] = value(cursor)
    })
    return entries
  }
}

/** Arrays and maps come in counted blocks; a negative count is followed by the block's size. */
function readBlocks(cursor: Cursor, item: () => void): void {
  for (let count = readInt(cursor); count !== 0; count = readInt(cursor)) {
    if (count < 0) readLong(cursor)
    for (let left = Math.abs(count); left > 0; left -= 1) item()
  }
}

export function take(cursor: Cursor, size: number): Buffer {
  const end = cursor.at + size
  if (size < 0 || end > cursor.bytes.length) throw new Error('Avro data ends too early')
  const part = cursor.bytes.subarray(cursor.at, end)
  cursor.at = end
  return part
}

export function readString(cursor: Cursor): string {
  return take(cursor, readInt(cursor)).toString('utf8')
}

/** A long that must be a length, a count or an index. */
export function readInt(cursor: Cursor): number {
  const value = readLong(cursor)
  if (typeof value === 'bigint') throw new Error('Avro length out of range')
  return value
}

/** Six bytes of seven bits are exact in a double (doubled by the zigzag); longer ones take the way of bigints. */
export function readLong(cursor: Cursor): number | bigint {
  const { bytes } = cursor
  let value = 0
  let scale = 1
  for (let index = 0; index < 6; index += 1) {
    const byte = bytes[cursor.at + index]
    if (byte === undefined) throw new Error('Avro data ends too early')
    value += (byte & 0x7f) * scale
    scale *= 128
    if (byte < 0x80) {
      cursor.at += index + 1
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
  }
  return readBigLong(cursor)
}

function readBigLong(cursor: Cursor): number | bigint {
  let raw = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const [byte = 0] = take(cursor, 1)
    raw |= BigInt(byte & 0x7f) << shift
    if (byte >= 0x80) continue
    const value = (raw >> 1n) ^ -(raw & 1n)
    return Number.isSafeInteger(Number(value)) ? Number(value) : value
  }
  throw new Error('Avro long has too many bytes')
}
