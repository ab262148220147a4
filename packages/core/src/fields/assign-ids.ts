import type { Columns, ColumnSpec } from '../columns.ts'
import type { Field, FieldType } from '../fields.ts'
import type { DataType } from '../types/data-type.ts'

/** Gives the next free field id. */
export type NextId = () => number

/** Gives every column and everything nested in it a field id, counting on from `last`.
 *
 * ```ts
 * import { assignIds } from '@millrace/core'
 * assignIds({ id: { type: 'int64' } }, 0).fields[0]?.id //=> 1
 * ```
 */
export function assignIds(columns: Columns, last: number): { fields: readonly Field[]; last: number } {
  let id = last
  const fields = newFields(columns, () => (id += 1))
  return { fields, last: id }
}

/** All columns of a struct first, then what they hold: the order in which Iceberg itself counts. */
export function newFields(columns: Columns, next: NextId): readonly Field[] {
  const numbered = Object.entries(columns).map(([name, column]) => ({ id: next(), name, column }))
  return numbered.map(({ id, name, column }) => namedField(id, name, column, newType(column.type, next)))
}

export function namedField(id: number, name: string, column: ColumnSpec, type: FieldType): Field {
  const note = column.note === undefined ? {} : { note: column.note }
  return { id, name, required: column.required ?? false, type, ...note }
}

export function newType(type: DataType, next: NextId): FieldType {
  if (typeof type === 'string') return type
  if ('struct' in type) return { struct: newFields(type.struct, next) }
  const required = type.required ?? false
  if ('list' in type) {
    const id = next()
    return { list: { id, name: 'element', required, type: newType(type.list, next) } }
  }
  const [keyId, valueId] = [next(), next()]
  const key: Field = { id: keyId, name: 'key', required: true, type: newType(type.map[0], next) }
  return { map: [key, { id: valueId, name: 'value', required, type: newType(type.map[1], next) }] }
}
