import type { Columns, ColumnSpec, DataType } from '@millrace/core'
import { numberType, textType } from './infer-text.ts'

/** Objects with more keys than this are maps of some sort, not records. */
const mostFields = 200

/** A number as it is written: a double may not hold all of its digits. */
class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Reviver = (key: string, value: unknown, at: { readonly source: string }) => unknown

const keepNumbers: Reviver = (_, value, { source }) => (typeof value === 'number' ? new JsonNumber(source) : value)

type Keyed = Readonly<Record<string, unknown>>

/** The values of a JSON text, to choose their types. */
export const parseSample = (text: string): unknown => JSON.parse(text, keepNumbers as Parameters<typeof JSON.parse>[1])

export const isObject = (value: unknown): value is Keyed =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)

const namesOf = (values: readonly Keyed[]): readonly string[] => [
  ...new Set(values.flatMap((value) => Object.keys(value))),
]

function structOf(values: readonly Keyed[]): DataType {
  const names = namesOf(values)
  // A struct knows names without case, too: two ways of writing one cannot both be its fields.
  const distinct = new Set(names.map((name) => name.toLowerCase())).size
  if (names.length === 0 || names.length > mostFields || distinct < names.length || names.includes('')) return 'json'
  return { struct: fieldsOf(values, names) }
}

const fieldsOf = (values: readonly Keyed[], names: readonly string[]): Columns =>
  Object.fromEntries(
    names.map((name): readonly [string, ColumnSpec] => [name, { type: jsonType(values.map((value) => value[name])) }]),
  )

/** The columns of records, however many; what has no name can be none. */
export const jsonColumns = (records: readonly Keyed[]): Columns =>
  fieldsOf(
    records,
    namesOf(records).filter((name) => name !== ''),
  )

/** Text in JSON is a date or a moment when all of it is; never a number, which JSON would have written as one. */
function stringType(values: readonly string[]): DataType {
  const type = textType(values)
  return ['date', 'timestamp', 'timestamptz', 'uuid'].some((one) => one === type) ? type : 'string'
}

/** The type that holds every value; `json` where they are of several kinds. */
export function jsonType(all: readonly unknown[]): DataType {
  const values = all.filter((value) => value !== null && value !== undefined)
  if (values.length === 0) return 'string'
  if (values.every((value) => typeof value === 'boolean')) return 'boolean'
  if (values.every((value) => value instanceof JsonNumber)) return numberType(values.map(({ text }) => text))
  if (values.every((value) => typeof value === 'string')) return stringType(values)
  if (values.every(isObject)) return structOf(values)
  if (values.every((value) => Array.isArray(value))) return { list: jsonType(values.flat(1)) }
  return 'json'
}
