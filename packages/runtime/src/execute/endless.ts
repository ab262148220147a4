import { type DataFile, fail, type Field, leavesOf, type TableName } from '@millrace/core'

/** `infinity` is a date to DuckDB, kept as its own largest value: other readers of the table fail on it. */
export function refuseEndless(table: TableName, fields: readonly Field[], files: readonly DataFile[]): void {
  const endless = new Set(files.flatMap(endlessIn))
  if (endless.size === 0) return
  const columns = fields
    .filter((one) => leavesOf([one]).some(({ field }) => endless.has(field.id)))
    .map(({ name }) => name)
  fail('run/endless-time', { table, columns })
}

const endlessIn = ({ stats }: DataFile): readonly number[] =>
  Object.entries(stats).flatMap(([id, { endless }]) => (endless === true ? [Number(id)] : []))
