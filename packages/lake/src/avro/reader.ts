import { type Cursor, readBlocks, readInt, readLong, readString, take } from './cursor.ts'
import { compileSkip, Pairs } from './pairs.ts'
import { type AvroRecord, type AvroSchema, type AvroValue, recordFields } from './schema.ts'

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
      return one['logicalType'] === 'map' ? pairsReader(one.items) : arrayReader(compileReader(one.items))
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

/** Pairs stay bytes until they are needed, where their end can be found without decoding them. */
function pairsReader(items: AvroSchema): Read {
  const read = arrayReader(compileReader(items))
  const skip = compileSkip(items)
  const value = recordFields(items).find((field) => field.name === 'value')?.type
  const skipValue = value === undefined ? null : compileSkip(value)
  if (skip === null || skipValue === null || value === undefined) return read
  const pairReaders = { all: read, value: compileReader(value), skipValue }
  return (cursor) => {
    const start = cursor.at
    readBlocks(cursor, () => skip(cursor))
    if (cursor.at > cursor.bytes.length) throw new Error('Avro data ends too early')
    return new Pairs(cursor.bytes, start, pairReaders)
  }
}

function mapReader(value: Read): Read {
  return (cursor) => {
    const entries: (readonly [string, AvroValue])[] = []
    readBlocks(cursor, () => {
      const key = readString(cursor)
      entries.push([key, value(cursor)])
    })
    // Set one by one, a key `__proto__` would be lost.
    return Object.fromEntries(entries)
  }
}
