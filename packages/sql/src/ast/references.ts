import { type AstNode, forEachChild, isNode, locationOf, nodeOf, nodesOf, textOf } from './node.ts'

/** A table that the text names; `at` in bytes. */
export interface RawReference {
  readonly catalog: string
  readonly schema: string
  readonly table: string
  readonly at: number | null
}

/**
 * The tables that a statement names, CTEs resolved. The trap: a CTE's own body sees the outer table of its name,
 * unless it is recursive; then it sees itself.
 */
export function referencesOf(statements: readonly AstNode[]): readonly RawReference[] {
  const found = new Map<string, RawReference>()
  for (const statement of statements) collect(statement, new Set(), found)
  return [...found.values()]
}

type Scope = ReadonlySet<string>

function collect(node: AstNode, outer: Scope, found: Map<string, RawReference>): void {
  const scope = withCtes(node, outer, found)
  if (node['type'] === 'BASE_TABLE') addReference(node, scope, found)
  forEachChild(node, (child, key) => {
    if (key !== 'cte_map') collect(child, scope, found)
  })
}

function withCtes(node: AstNode, outer: Scope, found: Map<string, RawReference>): Scope {
  if (node['cte_map'] === undefined) return outer
  const ctes = nodesOf(nodeOf(node, 'cte_map') ?? {}, 'map')
  if (ctes.length === 0) return outer
  const scope = new Set(outer)
  for (const cte of ctes) {
    const name = textOf(cte, 'key').toLowerCase()
    const value = cte['value']
    if (isNode(value)) collect(value, isRecursive(value) ? new Set([...scope, name]) : scope, found)
    scope.add(name)
  }
  return scope
}

const isRecursive = (cte: AstNode): boolean =>
  nodeOf(nodeOf(cte, 'query') ?? {}, 'node')?.['type'] === 'RECURSIVE_CTE_NODE'

function addReference(node: AstNode, scope: Scope, found: Map<string, RawReference>): void {
  const reference = {
    catalog: textOf(node, 'catalog_name'),
    schema: textOf(node, 'schema_name'),
    table: textOf(node, 'table_name'),
    at: locationOf(node),
  }
  if (reference.schema === '' && scope.has(reference.table.toLowerCase())) return
  const key = `${reference.catalog}.${reference.schema}.${reference.table}`.toLowerCase()
  if (!found.has(key)) found.set(key, reference)
}
