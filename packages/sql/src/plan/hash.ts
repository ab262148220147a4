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
export const hashOfData = (value: unknown): string =>
  hashOf(JSON.stringify(value, (key, one: unknown) => (meaningless.has(key) ? undefined : one)))
