import type { Columns, ColumnSpec } from '../columns.ts'
import type { Field } from '../fields.ts'
import type { DataType } from '../types/data-type.ts'

/** The columns that fields stand for, in the types that readers see.
 *
 * ```ts
 * import { columnsOf } from '@millrace/core'
 * columnsOf([{ id: 1, name: 'n', required: true, type: 'int32', as: 'int8' }]) //=> { n: { type: 'int8', required: true } }
 * ```
 */
export function columnsOf(fields: readonly Field[]): Columns {
  return Object.fromEntries(fields.map((field) => [field.name, columnOf(field)]))
}

function columnOf(field: Field): ColumnSpec {
  const required = field.required ? { required: true } : {}
  const note = field.note === undefined ? {} : { note: field.note }
  return { type: dataTypeOf(field), ...required, ...note }
}

/** The type that readers see of a field. */
export function dataTypeOf(field: Field): DataType {
  const { type } = field
  if (typeof type === 'string') return field.as ?? type
  if ('struct' in type) return { struct: columnsOf(type.struct) }
  if ('list' in type) return { list: dataTypeOf(type.list), ...requiredElement(type.list) }
  const [key, value] = type.map
  return { map: [dataTypeOf(key), dataTypeOf(value)], ...requiredElement(value) }
}

const requiredElement = (element: Field): { required?: true } => (element.required ? { required: true } : {})

/** The same fields in the types that readers see, without what a format stores them as. */
export function neutralFields(fields: readonly Field[]): readonly Field[] {
  return fields.map(neutralField)
}

function neutralField(field: Field): Field {
  const { as, ...rest } = field
  const { type } = field
  if (typeof type === 'string') return { ...rest, type: as ?? type }
  if ('struct' in type) return { ...rest, type: { struct: neutralFields(type.struct) } }
  if ('list' in type) return { ...rest, type: { list: neutralField(type.list) } }
  return { ...rest, type: { map: [neutralField(type.map[0]), neutralField(type.map[1])] } }
}
