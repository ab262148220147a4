import type { Columns, ColumnSpec, DataType } from '@millrace/core'
import { decimalOf, fixedWidthOf } from './column.ts'
import { FlatBuilder } from './flatbuffer-builder.ts'
import { kinds } from './kinds.ts'

interface NamedType {
  readonly name: string
  readonly type: DataType
  readonly required: boolean
}

/** The children a type has in Arrow: a map there is a list of structs called entries. */
function childrenOf(type: DataType): readonly NamedType[] {
  if (typeof type === 'string') return []
  if ('list' in type) return [{ name: 'element', type: type.list, required: type.required === true }]
  if ('map' in type) return [{ name: 'entries', type: entriesOf(type), required: true }]
  return Object.entries(type.struct).map(([name, spec]) => named(name, spec))
}

const named = (name: string, spec: ColumnSpec): NamedType => ({
  name,
  type: spec.type,
  required: spec.required === true,
})

const entriesOf = (type: Extract<DataType, { readonly map: unknown }>): DataType => ({
  struct: {
    key: { type: type.map[0], required: true },
    value: { type: type.map[1], required: type.required === true },
  },
})

const intBits: Readonly<Record<string, number>> = { int8: 8, int16: 16, int32: 32, int64: 64, uint64: 64 }

/** Writes the type's own table; returns its number in the union and where it lies. */
function writeType(out: FlatBuilder, type: DataType): readonly [kind: number, at: number] {
  const empty = (kind: number): readonly [number, number] => {
    out.startTable(0)
    return [kind, out.endTable()]
  }
  if (typeof type !== 'string') {
    if ('list' in type) return empty(kinds.list)
    if ('struct' in type) return empty(kinds.struct)
    out.startTable(1)
    out.int8(0, 0)
    return [kinds.map, out.endTable()]
  }
  const bits = intBits[type]
  if (bits !== undefined) {
    out.startTable(2)
    out.int32(0, bits)
    out.int8(1, type === 'uint64' ? 0 : 1)
    return [kinds.int, out.endTable()]
  }
  if (type === 'boolean') return empty(kinds.bool)
  if (type === 'binary') return empty(kinds.binary)
  if (type === 'string' || type === 'json' || type === 'variant') return empty(kinds.utf8)
  return writeParameterized(out, type)
}

function writeParameterized(out: FlatBuilder, type: string & DataType): readonly [kind: number, at: number] {
  const decimal = decimalOf(type)
  if (decimal !== null) {
    out.startTable(3)
    out.int32(0, decimal.precision)
    out.int32(1, decimal.scale)
    out.int32(2, 128)
    return [kinds.decimal, out.endTable()]
  }
  if (type === 'float32' || type === 'float64') {
    out.startTable(1)
    out.int16(0, type === 'float32' ? 1 : 2)
    return [kinds.float, out.endTable()]
  }
  if (type === 'date') {
    out.startTable(1)
    out.int16(0, 0)
    return [kinds.date, out.endTable()]
  }
  if (type === 'time') {
    out.startTable(2)
    out.int16(0, 2)
    out.int32(1, 64)
    return [kinds.time, out.endTable()]
  }
  if (type.startsWith('timestamp')) {
    const zone = type.startsWith('timestamptz') ? out.string('UTC') : 0
    out.startTable(2)
    out.int16(0, type.endsWith('_ns') ? 3 : 2)
    if (zone !== 0) out.offset(1, zone)
    return [kinds.timestamp, out.endTable()]
  }
  out.startTable(1)
  out.int32(0, fixedWidthOf(type) ?? 16)
  return [kinds.fixed, out.endTable()]
}

/** Types that Arrow itself has no word for carry an extension name that other readers know or may ignore. */
const extensions: Readonly<Record<string, string>> = {
  json: 'arrow.json',
  uuid: 'arrow.uuid',
  variant: 'millrace.variant',
}

function writeMetadata(out: FlatBuilder, type: DataType): number {
  const extension = typeof type === 'string' ? extensions[type] : undefined
  if (extension === undefined) return 0
  const pairs = [
    ['ARROW:extension:name', extension],
    ['ARROW:extension:metadata', ''],
  ].map(([key = '', value = '']) => {
    const [keyAt, valueAt] = [out.string(key), out.string(value)]
    out.startTable(2)
    out.offset(0, keyAt)
    out.offset(1, valueAt)
    return out.endTable()
  })
  return out.offsets(pairs)
}

function writeField(out: FlatBuilder, field: NamedType): number {
  const children = out.offsets(childrenOf(field.type).map((child) => writeField(out, child)))
  const metadata = writeMetadata(out, field.type)
  const [kind, typeAt] = writeType(out, field.type)
  const name = out.string(field.name)
  out.startTable(7)
  out.offset(0, name)
  out.int8(1, field.required ? 0 : 1)
  out.int8(2, kind)
  out.offset(3, typeAt)
  out.offset(5, children)
  if (metadata !== 0) out.offset(6, metadata)
  return out.endTable()
}

/** The metadata of the schema message that begins a stream. */
export function schemaMessage(columns: Columns): Uint8Array {
  const out = new FlatBuilder()
  const fields = out.offsets(Object.entries(columns).map(([name, spec]) => writeField(out, named(name, spec))))
  out.startTable(4)
  out.int16(0, 0)
  out.offset(1, fields)
  const schema = out.endTable()
  out.startTable(5)
  out.int16(0, 4)
  out.int8(1, 1)
  out.offset(2, schema)
  out.int64(3, 0)
  return out.finish(out.endTable())
}
