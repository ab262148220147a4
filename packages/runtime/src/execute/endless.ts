import { type DataFile, fail, type Field, type TableName } from '@millrace/core'

/** `infinity` is a date to DuckDB, kept as its own largest value: other readers of the table fail on it. */
export function refuseEndless(table: TableName, fields: readonly Field[], files: readonly DataFile[]): void {
  const endless = new Set(files.flatMap(endlessIn))
  if (endless.size === 0) return
  const columns = fields.filter((field) => idsIn(field).some((id) => endless.has(id))).map(({ name }) => name)
  fail('run/endless-time', { table, columns })
}

const endlessIn = ({ stats }: DataFile): readonly number[] =>
  Object.entries(stats).flatMap(([id, { endless }]) => (endless === true ? [Number(id)] : []))

function idsIn({ id, type }: Field): readonly number[] {
  if (typeof type === 'string') return [id]
  if ('struct' in type) return type.struct.flatMap(idsIn)
  return ('list' in type ? [type.list] : type.map).flatMap(idsIn)
}
