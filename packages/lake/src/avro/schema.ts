import type { Pairs } from './pairs.ts'

/** Avro schemas as far as table formats use them, with the attributes that Iceberg hangs on them (`field-id`, ...). */
export type AvroSchema = AvroPrimitive | AvroComplex | readonly AvroSchema[]

type AvroPrimitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'

type AvroComplex =
  | ({ readonly type: 'record'; readonly name: string; readonly fields: readonly AvroField[] } & Attributes)
  | ({ readonly type: 'array'; readonly items: AvroSchema } & Attributes)
  | ({ readonly type: 'map'; readonly values: AvroSchema } & Attributes)
  | ({ readonly type: 'fixed'; readonly name: string; readonly size: number } & Attributes)
  | ({ readonly type: 'enum'; readonly name: string; readonly symbols: readonly string[] } & Attributes)
  | ({ readonly type: AvroPrimitive } & Attributes)

interface Attributes {
  readonly [attribute: string]: unknown
}

export interface AvroField {
  readonly name: string
  readonly type: AvroSchema
  readonly default?: null
  readonly 'field-id'?: number
}

/** `long` is a number where that is exact and a bigint beyond: 63-bit ids must survive, and most longs are small. */
export type AvroValue = null | boolean | number | bigint | string | Uint8Array | AvroValue[] | AvroRecord | Pairs

export interface AvroRecord {
  [field: string]: AvroValue
}

/** Parses a schema from a file's header. Named types that are referred to by name are put in their place. */
export function parseSchema(text: string): AvroSchema {
  return inline(JSON.parse(text), new Map())
}

const primitives = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])

function inline(raw: unknown, named: Map<string, AvroSchema>): AvroSchema {
  if (Array.isArray(raw)) return raw.map((one) => inline(one, named))
  if (typeof raw === 'string') {
    const known = primitives.has(raw) ? (raw as AvroPrimitive) : named.get(raw)
    if (known === undefined) throw new Error(`unknown Avro type ${raw}`)
    return known
  }
  if (typeof raw !== 'object' || raw === null || !('type' in raw)) throw new Error('not an Avro schema')
  if (typeof raw.type === 'object') return inline(raw.type, named)
  const complex = inlineComplex({ ...raw }, named)
  if ('name' in raw && typeof raw.name === 'string') named.set(raw.name, complex)
  return complex
}

function inlineComplex(raw: Record<string, unknown>, named: Map<string, AvroSchema>): AvroSchema {
  const kind = raw['type']
  if (kind === 'array') return { ...raw, type: 'array', items: inline(raw['items'], named) }
  if (kind === 'map') return { ...raw, type: 'map', values: inline(raw['values'], named) }
  if (kind === 'record') {
    const fields = raw['fields'] as readonly AvroField[]
    return {
      ...raw,
      type: 'record',
      name: String(raw['name']),
      fields: fields.map((field) => ({ ...field, type: inline(field.type, named) })),
    }
  }
  if (kind === 'fixed' || kind === 'enum') return raw as AvroComplex
  if (typeof kind === 'string' && primitives.has(kind)) return { ...raw, type: kind as AvroPrimitive }
  return inline(kind, named)
}

/** The fields of a record; none for any other type. */
export function recordFields(schema: AvroSchema | undefined): readonly AvroField[] {
  return typeof schema === 'object' && 'type' in schema && schema.type === 'record' ? schema.fields : []
}
