import {
  fail,
  fieldNamed,
  type Field,
  findField,
  type PartitionField,
  type PrimitiveType,
  readSort,
  type SortField,
  type TableName,
  widens,
} from '@millrace/core'
import type { PartitionSpec, SortOrder } from './metadata.ts'
import { canTransform, parsePartition, parseTransform, partitionName, printTransform } from './transform.ts'

/** The first id of partition fields, which share a range of ids of their own. */
export const firstPartitionId = 1000

/** The partition fields that a definition asks for. A field that any earlier spec had keeps its id. */
export function partitionFields(
  table: TableName,
  texts: readonly string[],
  fields: readonly Field[],
  before: { readonly specs: readonly PartitionSpec[]; readonly last: number },
): readonly PartitionField[] {
  let last = before.last
  const known = before.specs.flatMap((spec) => spec.fields)
  const names = new Set<string>()
  return texts.map((text) => {
    const { source, transform } = partitionSource(table, text, fields)
    const printed = printTransform(transform)
    const old = known.find((one) => one['source-id'] === source.id && one.transform === printed)
    const name = freeName(partitionName(source.name, transform), transform === 'identity' ? [] : fields, names)
    return { id: old?.['field-id'] ?? (last += 1), name, source: source.id, transform }
  })
}

function partitionSource(table: TableName, text: string, fields: readonly Field[]) {
  const { column, transform } = parsePartition(table, text)
  const source = columnNamed(table, text, column, fields)
  if (typeof source.type !== 'string' || !canTransform(transform, source.type))
    fail('lake/bad-partition', { table, text, problem: `${column} has no type for it` })
  return { source, transform }
}

function columnNamed(table: TableName, text: string, column: string, fields: readonly Field[]): Field {
  return (
    fieldNamed(fields, column) ?? fail('lake/bad-partition', { table, text, problem: `there is no column ${column}` })
  )
}

/** Partition fields are columns of their own to some readers: only an identity may bear its column's name. */
function freeName(wanted: string, fields: readonly Field[], taken: Set<string>): string {
  let name = wanted
  for (let number = 2; taken.has(name) || fields.some((field) => field.name === name); number += 1)
    name = `${wanted}_${number}`
  taken.add(name)
  return name
}

export function toSpec(id: number, fields: readonly PartitionField[]): PartitionSpec {
  return {
    'spec-id': id,
    fields: fields.map((field) => ({
      'source-id': field.source,
      'field-id': field.id,
      name: field.name,
      transform: printTransform(field.transform),
    })),
  }
}

export function fromSpec(spec: PartitionSpec): readonly PartitionField[] {
  return spec.fields.flatMap((field) => {
    const transform = parseTransform(field.transform)
    return transform === null
      ? []
      : [{ id: field['field-id'], name: field.name, source: field['source-id'], transform }]
  })
}

/** Same sources and transforms in the same order. */
export function samePartition(spec: PartitionSpec, fields: readonly PartitionField[]): boolean {
  const wanted = toSpec(0, fields).fields
  return (
    spec.fields.length === wanted.length &&
    spec.fields.every(
      (one, at) => one['source-id'] === wanted[at]?.['source-id'] && one.transform === wanted[at].transform,
    )
  )
}

/** Whether two specs divide a table in the same way under the same fields, whatever their ids as specs. */
export function sameSpec(one: PartitionSpec, other: PartitionSpec): boolean {
  const meaning = (spec: PartitionSpec): string =>
    JSON.stringify(spec.fields.map((field) => [field['source-id'], field['field-id'], field.name, field.transform]))
  return meaning(one) === meaning(other)
}

/** `ordered_at`, `amount desc`. */
export function sortFields(table: TableName, texts: readonly string[], fields: readonly Field[]): readonly SortField[] {
  return texts.map((text) => {
    const { column, descending } = readSort(text)
    return { source: columnNamed(table, text, column, fields).id, descending }
  })
}

export function toSortOrder(id: number, sort: readonly SortField[]): SortOrder {
  return {
    'order-id': id,
    fields: sort.map((one) => ({
      transform: 'identity',
      'source-id': one.source,
      direction: one.descending ? 'desc' : 'asc',
      'null-order': one.descending ? 'nulls-last' : 'nulls-first',
    })),
  }
}

export const sameOrder = (one: SortOrder, other: SortOrder): boolean => {
  const meaning = (order: SortOrder): string =>
    JSON.stringify(
      order.fields.map((field) => [field['source-id'], field.transform, field.direction, field['null-order']]),
    )
  return meaning(one) === meaning(other)
}

export function fromSortOrder(order: SortOrder | null): readonly SortField[] {
  const plain = (order?.fields ?? []).filter((one) => one.transform === 'identity')
  return plain.map((one) => ({ source: one['source-id'], descending: one.direction === 'desc' }))
}

/** The stored type of a partition field's source: the widest that any schema has, since files of every one of them are told of
 * in manifests, also after a rollback to a narrower one. A source that was dropped since still lives in an older schema. */
export function sourceType(source: number, schemas: readonly (readonly Field[])[]): PrimitiveType {
  const types = schemas.flatMap((fields) => {
    const type = findField(fields, source)?.type
    return typeof type === 'string' ? [type] : []
  })
  const [first, ...others] = types
  return first === undefined ? 'string' : others.reduce((wide, one) => (widens(wide, one) ? one : wide), first)
}
