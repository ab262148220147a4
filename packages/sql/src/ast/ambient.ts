import { wordSet } from '../text/words.ts'
import type { Code } from '@millrace/core'
import type { Breach } from './guard.ts'
import { type AstNode, locationOf, nodesOf, textOf } from './node.ts'

/** Functions whose value is no matter of data. DuckDB replaces some by constants while binding, so no hash would show them. */
export const ambientFunctions: ReadonlyMap<string, Code> = new Map([
  ...entries(
    'sql/session-dependent',
    `getvariable getenv current_setting current_user user session_user current_role current_schema current_schemas
     current_database current_catalog in_search_path version current_connection_id current_query current_query_id
     current_transaction_id txid_current nextval currval stats write_log sleep_ms pg_conf_load_time
     pg_postmaster_start_time`,
  ),
  ...entries(
    'sql/time-dependent',
    `now today transaction_timestamp current_date current_time current_timestamp get_current_time
     get_current_timestamp current_localtime current_localtimestamp localtime localtimestamp`,
  ),
  ...entries('sql/random', 'random setseed uuid gen_random_uuid uuidv4 uuidv7'),
])

function entries(code: Code, names: string): readonly (readonly [string, Code])[] {
  return [...wordSet(names)].map((name) => [name, code])
}

/** Written without parentheses these are ordinary column names to the parser. */
const bareWords: ReadonlySet<string> = wordSet(`
  current_date current_time current_timestamp localtime localtimestamp current_user session_user user
  current_role current_schema current_catalog current_database
`)

/** Refuses what depends on the session, the clock or chance. */
export function ambient(node: AstNode): Breach | null {
  if (node['class'] === 'FUNCTION') return ambientCall(node)
  if (node['type'] === 'COLUMN_REF') return ambientWord(node)
  return sampleOf(node)
}

function ambientCall(node: AstNode): Breach | null {
  const name = textOf(node, 'function_name').toLowerCase()
  // With one argument age() counts from today.
  const code =
    name === 'age' && nodesOf(node, 'children').length === 1 ? 'sql/time-dependent' : ambientFunctions.get(name)
  return code === undefined ? null : { code, params: { name: `${name}()` }, at: locationOf(node) }
}

function ambientWord(node: AstNode): Breach | null {
  const names = node['column_names']
  const word = Array.isArray(names) && names.length === 1 ? String(names[0]).toLowerCase() : ''
  const code = bareWords.has(word) ? ambientFunctions.get(word) : undefined
  return code === undefined ? null : { code, params: { name: word }, at: locationOf(node), unlessColumn: word }
}

function sampleOf(node: AstNode): Breach | null {
  const sample = node['sample']
  if (typeof sample !== 'object' || sample === null || !('sample_size' in sample)) return null
  return { code: 'sql/random', params: { name: 'A sample' }, at: null, keyword: 'sample' }
}
