import type { Columns } from '@millrace/core'
import { hash } from 'node:crypto'
import { type InputTable, splitName } from '../bind/tables.ts'
import { quoted } from '../text/quote.ts'
import { toDuckType } from '../types.ts'

export const outlineKey = (sql: string): string => `o${hash('sha1', sql, 'base64url')}`

/** The facts of a text depend on the names and types of its inputs' columns, and on nothing else. */
export const bindKey = (sql: string, inputs: readonly string[]): string =>
  `b${hash('sha1', [sql, ...inputs].join('\0'), 'base64url')}`

/** A table as others read it. */
export function inputTable(name: string, columns: Columns): InputTable {
  const made = Object.entries(columns).map(([column, spec]) => `${quoted(column)} ${toDuckType(spec.type)}`)
  return { name, made: `${splitName(name).map(quoted).join('.')} (${made.join(', ')})` }
}

/** Whether a table of these columns can be made at all: declared ones may be none, or differ only in case. */
export function isUsable(columns: Columns | undefined): boolean {
  const names = Object.keys(columns ?? {})
  return names.length > 0 && new Set(names.map((name) => name.toLowerCase())).size === names.length
}
