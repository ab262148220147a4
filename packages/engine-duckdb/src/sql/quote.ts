import { quoted as identifier } from '@millrace/sql/duckdb'

export { literal, quoted as identifier } from '@millrace/sql/duckdb'

/** `layer.name` with both parts quoted; only the first dot parts them. */
export function tableIdentifier(table: string): string {
  const dot = table.indexOf('.')
  return dot < 0 ? identifier(table) : `${identifier(table.slice(0, dot))}.${identifier(table.slice(dot + 1))}`
}

/** A select as it may stand inside parentheses: its last semicolon goes, and a line comment at its end is closed. */
export const subquery = (sql: string): string => `(\n${sql.replace(/[;\s]+$/, '')}\n)`
