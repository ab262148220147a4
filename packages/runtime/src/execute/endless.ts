import { type DataFile, fail, type Field, isDated, leavesOf, type Node, type TableName } from '@millrace/core'
import { quote } from '../read/inputs.ts'

/** `infinity` is a date to DuckDB, kept as its own largest value: other readers of the table fail on it. */
export function refuseEndless(
  table: TableName,
  { work }: Pick<Node, 'work'>,
  fields: readonly Field[],
  files: readonly DataFile[],
): void {
  const endless = new Set(files.flatMap(endlessIn))
  const found = fields.filter((one) => leavesOf([one]).some(({ field }) => endless.has(field.id)))
  const [first] = found
  if (first === undefined) return
  const columns = found.map(({ name }) => name)
  const instead = work.executor === 'engine' ? finite(quote(first.name), first) : null
  fail('run/endless-time', { table, columns, instead })
}

const endlessIn = ({ stats }: DataFile): readonly number[] =>
  Object.entries(stats).flatMap(([id, { endless }]) => (endless === true ? [Number(id)] : []))

/** SQL that has no value in place of each date or moment without end, at any depth, and is the same otherwise. */
function finite(value: string, { type }: Pick<Field, 'type'>, depth = 0): string {
  if (typeof type === 'string') return `case when isfinite(${value}) then ${value} end`
  const item = `x${depth}`
  if ('struct' in type) {
    const parts = type.struct.filter(hasTime).map((one) => {
      const name = quote(one.name)
      return `${name} := ${finite(`${value}.${name}`, one, depth)}`
    })
    return `case when ${value} is not null then struct_update(${value}, ${parts.join(', ')}) end`
  }
  if ('list' in type) return `list_transform(${value}, lambda ${item}: ${finite(item, type.list, depth + 1)})`
  const [key, of] = type.map
  const kept = hasTime(key)
    ? `list_filter(map_entries(${value}), lambda ${item}: isfinite(${item}.key))`
    : `map_entries(${value})`
  if (!hasTime(of)) return `map_from_entries(${kept})`
  const part = `{ 'key': ${item}.key, 'value': ${finite(`${item}.value`, of, depth + 1)} }`
  return `map_from_entries(list_transform(${kept}, lambda ${item}: ${part}))`
}

const hasTime = (one: Field): boolean => leavesOf([one]).some(({ field }) => isDated(field.type))
