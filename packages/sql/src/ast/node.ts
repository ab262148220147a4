/** What `json_serialize_sql` gives: plain data of many shapes, read by asking for what is there. */
export interface AstNode {
  readonly [key: string]: unknown
}

export const isNode = (value: unknown): value is AstNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const textOf = (node: AstNode, key: string): string => {
  const value = node[key]
  return typeof value === 'string' ? value : ''
}

export const nodeOf = (node: AstNode, key: string): AstNode | null => {
  const value = node[key]
  return isNode(value) ? value : null
}

export const nodesOf = (node: AstNode, key: string): readonly AstNode[] => {
  const value = node[key]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** Byte offset, or null: DuckDB writes 2^64 - 1 for a place it does not know. */
export const locationOf = (node: AstNode): number | null => {
  const at = Number(node['query_location'] ?? Number.NaN)
  return Number.isSafeInteger(at) ? at : null
}

/** All nodes directly below one, through lists. */
export function* childrenOf(node: AstNode): Generator<{ readonly key: string; readonly node: AstNode }> {
  for (const [key, value] of Object.entries(node)) {
    if (isNode(value)) yield { key, node: value }
    else if (Array.isArray(value)) for (const one of flat(value)) yield { key, node: one }
  }
}

function* flat(list: readonly unknown[]): Generator<AstNode> {
  for (const one of list) {
    if (isNode(one)) yield one
    else if (Array.isArray(one)) yield* flat(one)
  }
}

/** The leftmost place inside a node: operators carry the place of their sign. */
export function firstLocation(node: AstNode): number | null {
  let first = locationOf(node)
  for (const child of childrenOf(node)) {
    const at = firstLocation(child.node)
    if (at !== null && (first === null || at < first)) first = at
  }
  return first
}

/** Whether a node or anything below it fits. */
export function contains(node: AstNode, fits: (node: AstNode) => boolean): boolean {
  if (fits(node)) return true
  for (const child of childrenOf(node)) if (contains(child.node, fits)) return true
  return false
}
