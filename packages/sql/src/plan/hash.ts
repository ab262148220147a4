import { wordSet } from '../text/words.ts'
import { hash } from 'node:crypto'

/** A short hash of parts in order; the separator cannot occur in serialised plans. */
export const hashOf = (...parts: readonly (string | number | boolean)[]): string =>
  hash('sha1', parts.join('\u001f'), 'base64url').slice(0, 20)

/** Places, aliases and what DuckDB writes for itself: nothing of what a select means. */
export const meaningless: ReadonlySet<string> = wordSet(`
  alias query_location has_serialize catalog_name schema_name is_operator arguments original_arguments
  parameter_data extra_info
`)

/** Hash of a piece of plan that holds no references to columns. */
export const hashOfData = (value: unknown): string => hashOf(textOfData(value))

/** A piece of plan as text that nothing else gives: strings tell their length, so what they hold cannot pass for structure. */
export function textOfData(value: unknown): string {
  if (typeof value === 'string') return `${value.length}:${value}`
  if (typeof value !== 'object' || value === null) return String(value)
  let text = ''
  if (Array.isArray(value)) {
    for (const one of value) text += `${textOfData(one)},`
    return `[${text}]`
  }
  // DuckDB writes the fields of a kind of record always in the same order. `in` makes no list of them, which is worth a tenth here.
  for (const key in value) {
    if (!meaningless.has(key)) text += `${key}=${textOfData((value as Fields)[key])};`
  }
  return `{${text}}`
}

export interface Fields {
  readonly [key: string]: unknown
}
