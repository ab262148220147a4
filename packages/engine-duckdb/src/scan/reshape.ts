/**
 * An expression that turns a value as a file holds it into the value as the table shows it now. Fields meet by id alone:
 * - a renamed nested field keeps its values, a dropped and re-added one does not get the old one's (other ids);
 * - casts stand outside of the scan, because DuckDB's filter pushdown over promoted types loses rows;
 * - a struct that is NULL stays NULL instead of becoming a struct of NULLs.
 */
import type { Field, FieldType } from '@millrace/core'
import { asWritten, fieldDuckType, fileDuckType, fileName } from '../sql/field-type.ts'
import { identifier, literal } from '../sql/quote.ts'

let lambdas = 0

/** True when a file's type reads as the table's type without any change. */
function same(from: FieldType, to: FieldType): boolean {
  if (typeof from === 'string' || typeof to === 'string') return from === to && from !== 'json' && from !== 'variant'
  if ('list' in from) return 'list' in to && from.list.id === to.list.id && same(from.list.type, to.list.type)
  if ('map' in from) return 'map' in to && [0, 1].every((side) => sameField(from.map[side], to.map[side]))
  return (
    'struct' in to &&
    from.struct.length === to.struct.length &&
    from.struct.every((field, i) => {
      const target = to.struct[i]
      return target !== undefined && fileName(field.name) === target.name && sameField(field, target)
    })
  )
}

const sameField = (from: Field | undefined, to: Field | undefined): boolean =>
  from !== undefined && to !== undefined && from.id === to.id && same(from.type, to.type)

function structExpression(value: string, from: readonly Field[], to: readonly Field[]): string {
  const parts = to.map((target) => {
    const source = from.find((field) => field.id === target.id)
    const expression =
      source === undefined
        ? `NULL::${fieldDuckType(target.type)}`
        : reshape(`struct_extract(${value}, ${literal(fileName(source.name))})`, source.type, target.type)
    return `${identifier(target.name)} := ${expression}`
  })
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${parts.join(', ')}) END`
}

/** The expression over `value`, which has a file's type `from`, that yields the table's type `to`. */
export function reshape(value: string, from: FieldType, to: FieldType): string {
  if (same(from, to)) return value
  if (typeof from !== 'string' && typeof to !== 'string') {
    if ('struct' in from && 'struct' in to) return structExpression(value, from.struct, to.struct)
    const item = `x${++lambdas % 1_000_000}`
    if ('list' in from && 'list' in to)
      return `list_transform(${value}, lambda ${item}: ${reshape(item, from.list.type, to.list.type)})`
    if ('map' in from && 'map' in to) {
      const key = reshape(`${item}.key`, from.map[0].type, to.map[0].type)
      const entry = reshape(`${item}.value`, from.map[1].type, to.map[1].type)
      return `map_from_entries(list_transform(map_entries(${value}), lambda ${item}: struct_pack(key := ${key}, value := ${entry})))`
    }
  }
  return `CAST(${value} AS ${fieldDuckType(to, asWritten)})`
}

/** The other way: a value with the table's type and names as it is laid into files. */
export function toFile(value: string, type: FieldType): string {
  const plain = `CAST(${value} AS ${fieldDuckType(type)})`
  const inFile = fileDuckType(type)
  // Casts between structs go by name: where files spell one otherwise, the value is put together anew.
  return inFile === fieldDuckType(type) ? plain : respell(plain, type)
}

function respell(value: string, type: FieldType): string {
  if (typeof type === 'string' || fileDuckType(type) === fieldDuckType(type))
    return `CAST(${value} AS ${fileDuckType(type)})`
  const item = `x${++lambdas % 1_000_000}`
  if ('list' in type) return `list_transform(${value}, lambda ${item}: ${respell(item, type.list.type)})`
  if ('map' in type) {
    const entry = `struct_pack(key := ${respell(`${item}.key`, type.map[0].type)}, value := ${respell(`${item}.value`, type.map[1].type)})`
    return `map_from_entries(list_transform(map_entries(${value}), lambda ${item}: ${entry}))`
  }
  const parts = type.struct.map((field) => {
    const part = `struct_extract(${value}, ${literal(field.name)})`
    return `${identifier(fileName(field.name))} := ${respell(part, field.type)}`
  })
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${parts.join(', ')}) END`
}
