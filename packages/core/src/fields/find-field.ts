import type { Field } from '../fields.ts'

/** A field with no fields inside. `repeated`: it lies in a list or a map, so a row may hold it many times or never. */
export interface Leaf {
  readonly field: Field
  readonly path: readonly string[]
  readonly repeated: boolean
}

/** Every leaf below these fields, in order. */
export function leavesOf(fields: readonly Field[]): readonly Leaf[] {
  return fields.flatMap((field) => leavesBelow(field, [], false))
}

function leavesBelow(field: Field, above: readonly string[], repeated: boolean): readonly Leaf[] {
  const { type } = field
  const path = [...above, field.name]
  if (typeof type === 'string') return [{ field, path, repeated }]
  if ('struct' in type) return type.struct.flatMap((inner) => leavesBelow(inner, path, repeated))
  if ('list' in type) return leavesBelow(type.list, path, true)
  return type.map.flatMap((inner) => leavesBelow(inner, path, true))
}

/** The field of this id, however deep. */
export function findField(fields: readonly Field[], id: number): Field | undefined {
  for (const field of fields) {
    const found = field.id === id ? field : findField(fieldsInside(field), id)
    if (found !== undefined) return found
  }
  return undefined
}

/** The outermost field of this name, however it is written. */
export function fieldNamed(fields: readonly Field[], name: string): Field | undefined {
  return fields.find((one) => one.name.toLowerCase() === name.toLowerCase())
}

/** The highest id in use; 0 when there are no fields. */
export function highestId(fields: readonly Field[]): number {
  return fields.reduce((top, field) => Math.max(top, field.id, highestId(fieldsInside(field))), 0)
}

/** The fields of which it consists. */
export function fieldsInside(field: Field): readonly Field[] {
  const { type } = field
  if (typeof type === 'string') return []
  if ('struct' in type) return type.struct
  return 'list' in type ? [type.list] : type.map
}
