import { wordSet } from '../text/words.ts'
import type { Breach } from './guard.ts'
import { type AstNode, locationOf, nodeOf, textOf } from './node.ts'

export const allowedTableFunctions: ReadonlySet<string> = wordSet(
  'unnest range generate_series json_each json_tree repeat repeat_row',
)

const readsFiles = /^(read_.*|.*_scan|parquet_.*|glob|sniff_csv)$/

/** Refuses table functions that read files, read the engine itself, or hide which tables are read. */
export function tableFunctions(node: AstNode): Breach | null {
  if (node['type'] === 'SHOW_REF') {
    return { code: 'sql/not-a-select', params: { message: 'show, describe and summarize give no table.' }, at: null }
  }
  if (node['type'] !== 'TABLE_FUNCTION') return null
  const name = textOf(nodeOf(node, 'function') ?? {}, 'function_name').toLowerCase()
  if (allowedTableFunctions.has(name)) return null
  const code = readsFiles.test(name) ? 'sql/file-read' : 'sql/table-function'
  return { code, params: { name: `${name}()` }, at: locationOf(node) }
}
