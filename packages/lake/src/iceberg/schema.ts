import { fail, type Field, type FieldType, leavesOf, type PrimitiveType } from '@millrace/core'
import type { IcebergField, IcebergSchema, IcebergType } from './metadata.ts'

const simple: Readonly<Partial<Record<PrimitiveType, string>>> = {
  boolean: 'boolean',
  int32: 'int',
  int64: 'long',
  float32: 'float',
  float64: 'double',
  string: 'string',
  binary: 'binary',
  uuid: 'uuid',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
}

const simpleBack = new Map(Object.entries(simple).map(([ours, theirs]) => [theirs, ours as PrimitiveType]))

/** Types that Iceberg lacks, and what holds them without loss. */
const heldAs: Readonly<Partial<Record<PrimitiveType, PrimitiveType>>> = {
  int8: 'int32',
  int16: 'int32',
  uint64: 'decimal(20,0)',
  json: 'string',
}

/** Fields in the types that an Iceberg v2 table stores; the type that readers see stays beside it as `as`. */
export function storedFields(fields: readonly Field[], above = ''): readonly Field[] {
  return fields.map((field) => storedField(field, `${above}${field.name}`))
}

function storedField(field: Field, path: string): Field {
  const { type } = field
  if (typeof type !== 'string') return { ...field, type: storedNested(type, `${path}.`) }
  const held = heldAs[type]
  if (held !== undefined) return { ...field, type: held, as: type }
  if (icebergName(type) === null) fail('lake/type-unsupported', { column: path, type })
  return field
}

function storedNested(type: Exclude<FieldType, string>, path: string): FieldType {
  if ('struct' in type) return { struct: storedFields(type.struct, path) }
  if ('list' in type) return { list: storedField(type.list, `${path}element`) }
  return { map: [storedField(type.map[0], `${path}key`), storedField(type.map[1], `${path}value`)] }
}

export function toIcebergSchema(id: number, fields: readonly Field[]): IcebergSchema {
  return { type: 'struct', 'schema-id': id, fields: fields.map(toIcebergField) }
}

function toIcebergField(field: Field): IcebergField {
  const doc = field.note === undefined ? {} : { doc: field.note }
  return { id: field.id, name: field.name, required: field.required, type: toIcebergType(field.type), ...doc }
}

function toIcebergType(type: FieldType): IcebergType {
  if (typeof type === 'string') return icebergName(type) ?? fail('lake/type-unsupported', { column: '', type })
  if ('struct' in type) return { type: 'struct', fields: type.struct.map(toIcebergField) }
  if ('list' in type) {
    const { id, required, type: element } = type.list
    return { type: 'list', 'element-id': id, element: toIcebergType(element), 'element-required': required }
  }
  const [key, value] = type.map
  return {
    type: 'map',
    'key-id': key.id,
    key: toIcebergType(key.type),
    'value-id': value.id,
    value: toIcebergType(value.type),
    'value-required': value.required,
  }
}

function icebergName(type: PrimitiveType): string | null {
  const decimal = /^decimal\((\d+),(\d+)\)$/.exec(type)
  if (decimal !== null) return `decimal(${decimal[1]}, ${decimal[2]})`
  const fixed = /^fixed\((\d+)\)$/.exec(type)
  return fixed === null ? (simple[type] ?? null) : `fixed[${fixed[1]}]`
}

/** What readers see instead of the stored types: kept as a property of the table, by field id. */
export type SeenTypes = Readonly<Record<string, PrimitiveType>>

/** The notes of a table that has these fields now.
 *
 * Notes of dropped columns stay, since older schemas are read with them. The note of a column goes that became what the table
 * stores anyway (int8 is stored as int32): both are one schema to Iceberg, and its new rows do not fit the type of before.
 */
export function nextSeenTypes(before: SeenTypes, fields: readonly Field[]): SeenTypes {
  const outgrown = leavesOf(fields).filter(
    ({ field }) => field.as === undefined && isNoteOf(field.type, before[field.id]),
  )
  const ids = new Set(outgrown.map(({ field }) => String(field.id)))
  return { ...Object.fromEntries(Object.entries(before).filter(([id]) => !ids.has(id))), ...seenTypes(fields) }
}

function seenTypes(fields: readonly Field[]): SeenTypes {
  return Object.assign({}, ...fields.map(seenIn))
}

function seenIn(field: Field): SeenTypes {
  const { type } = field
  if (typeof type === 'string') return field.as === undefined ? {} : { [field.id]: field.as }
  if ('struct' in type) return seenTypes(type.struct)
  return seenTypes('list' in type ? [type.list] : type.map)
}

/** Reads a schema of ours or of a foreign program. `path` is for messages. */
export function fromIcebergSchema(schema: IcebergSchema, seen: SeenTypes, path: string): readonly Field[] {
  return schema.fields.map((field) => fromField(field, seen, path))
}

function fromField(field: IcebergField, seen: SeenTypes, path: string): Field {
  const note = field.doc === undefined ? {} : { note: field.doc }
  const type = fromType(field.type, seen, path)
  return { id: field.id, name: field.name, required: field.required, type, ...seenAs(field.id, type, seen), ...note }
}

/** A note about a type counts only while the table still stores the column as that type asks. */
function seenAs(id: number, type: FieldType, seen: SeenTypes): { as?: PrimitiveType } {
  const as = seen[id]
  return as !== undefined && isNoteOf(type, as) ? { as } : {}
}

const isNoteOf = (type: FieldType, as: PrimitiveType | undefined): boolean => as !== undefined && heldAs[as] === type

function fromType(type: IcebergType, seen: SeenTypes, path: string): FieldType {
  if (typeof type === 'string') return fromName(type) ?? fail('lake/unsupported', { path, what: `the type ${type}` })
  if (type.type === 'struct') return { struct: type.fields.map((field) => fromField(field, seen, path)) }
  const inner = (id: number, name: string, required: boolean, inside: IcebergType): Field =>
    fromField({ id, name, required, type: inside }, seen, path)
  if (type.type === 'list')
    return { list: inner(type['element-id'], 'element', type['element-required'], type.element) }
  const key = inner(type['key-id'], 'key', true, type.key)
  return { map: [key, inner(type['value-id'], 'value', type['value-required'], type.value)] }
}

function fromName(name: string): PrimitiveType | null {
  const decimal = /^decimal\((\d+),\s*(\d+)\)$/.exec(name)
  if (decimal !== null) return `decimal(${Number(decimal[1])},${Number(decimal[2])})`
  const fixed = /^fixed\[(\d+)\]$/.exec(name)
  return fixed === null ? (simpleBack.get(name) ?? null) : `fixed(${Number(fixed[1])})`
}

/** Whether two schemas describe the same columns, whatever their ids as schemas. */
export function sameSchema(one: IcebergSchema, other: IcebergSchema): boolean {
  return JSON.stringify(canonical(one)) === JSON.stringify(canonical(other))
}

function canonical(schema: IcebergSchema): unknown {
  const identifiers = schema['identifier-field-ids'] ?? []
  return [canonicalFields(schema.fields), identifiers]
}

function canonicalFields(fields: readonly IcebergField[]): unknown {
  return fields.map(({ id, name, required, type, doc }) => [id, name, required, canonicalType(type), doc ?? null])
}

function canonicalType(type: IcebergType): unknown {
  if (typeof type === 'string') return type.replaceAll(' ', '')
  if (type.type === 'struct') return canonicalFields(type.fields)
  if (type.type === 'list') return [type['element-id'], type['element-required'], canonicalType(type.element)]
  return [type['key-id'], canonicalType(type.key), type['value-id'], type['value-required'], canonicalType(type.value)]
}
