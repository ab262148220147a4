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

/** Visits all nodes directly below one, through lists. A callback, since generators cost a quarter of a reading. */
export function forEachChild(node: AstNode, visit: (child: AstNode, key: string) => void): void {
  for (const key in node) {
    const value = node[key]
    if (typeof value === 'object' && value !== null) visitNodes(value, key, visit)
  }
}

function visitNodes(value: object, key: string, visit: (child: AstNode, key: string) => void): void {
  if (!Array.isArray(value)) return visit(value as AstNode, key)
  for (const one of value as readonly unknown[]) {
    if (typeof one === 'object' && one !== null) visitNodes(one, key, visit)
  }
}

/** The leftmost place inside a node: operators carry the place of their sign. */
export function firstLocation(node: AstNode): number | null {
  let first = locationOf(node)
  forEachChild(node, (child) => {
    const at = firstLocation(child)
    if (at !== null && (first === null || at < first)) first = at
  })
  return first
}

/** Whether a node or anything below it fits. */
export function contains(node: AstNode, fits: (node: AstNode) => boolean): boolean {
  let found = fits(node)
  forEachChild(node, (child) => {
    found ||= contains(child, fits)
  })
  return found
}
