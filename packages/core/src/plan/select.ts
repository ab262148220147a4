import { type Issue, issue } from '../errors/issue.ts'
import type { Graph } from '../graph/graph.ts'
import { nearest } from '../graph/nearest.ts'
import type { TableName } from '../words.ts'

/** The nodes that graph expressions name: `silver.orders`, `silver.*`, `+gold.sales` (with what it needs),
 * `bronze.orders+` (with what hangs on it), `2+gold.sales` (two steps), `tag:nightly`, `!silver.tmp` (without). */
export function selectNodes(
  graph: Graph,
  expressions: readonly string[],
): { readonly nodes: ReadonlySet<string>; readonly issues: readonly Issue[] } {
  const issues: Issue[] = []
  const all = new Set(graph.nodes.keys())
  const wanted = new Set<string>()
  const unwanted = new Set<string>()
  const list = expressions.flatMap((one) => one.split(/[\s,]+/)).filter((one) => one !== '')
  // A variable of the shell that is not set names nothing, and not everything.
  if (list.length === 0 && expressions.length > 0)
    return { nodes: wanted, issues: [issue('plan/nothing-selected', { expression: '' })] }
  for (const text of list) {
    const found = selectOne(graph, text.replace(/^!/, ''))
    if (found.size === 0) issues.push(nothingSelected(graph, text))
    for (const id of found) (text.startsWith('!') ? unwanted : wanted).add(id)
  }
  const start = list.some((one) => !one.startsWith('!')) ? wanted : all
  return { nodes: new Set([...start].filter((id) => !unwanted.has(id))), issues }
}

function nothingSelected(graph: Graph, text: string): Issue {
  const bare = text.replaceAll(/^!|^\d*\+|\+\d*$/g, '')
  return issue('plan/nothing-selected', { expression: text }, { candidates: nearest(bare, graph.producers.keys()) })
}

function selectOne(graph: Graph, text: string): ReadonlySet<string> {
  const [, up, name, down] = /^(\d*\+)?(.+?)(\+\d*)?$/.exec(text) ?? [undefined, undefined, text, undefined]
  const found = new Set(matching(graph, name))
  const needs = new Map([...graph.nodes].map(([id, node]) => [id, inputsOf(graph, node.inputs)]))
  const start = [...found]
  if (up !== undefined) spread(start, needs, steps(up), found)
  if (down !== undefined) spread(start, reverse(needs), steps(down), found)
  return found
}

const steps = (sign: string): number => (sign === '+' ? Infinity : Number(sign.replace('+', '')))

function matching(graph: Graph, name: string): readonly string[] {
  if (name.startsWith('tag:')) {
    return [...graph.nodes.values()].filter((node) => node.tags.includes(name.slice(4))).map((node) => node.id)
  }
  const pattern = new RegExp(`^${name.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*')}$`, 'i')
  const ids = [...graph.producers].filter(([table, id]) => pattern.test(table) || pattern.test(id)).map(([, id]) => id)
  return [...new Set(ids)]
}

function inputsOf(graph: Graph, inputs: readonly { readonly table: TableName }[]): readonly string[] {
  return inputs.flatMap(({ table }) => graph.producers.get(table) ?? [])
}

function reverse(needs: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const out = new Map<string, string[]>()
  for (const [id, before] of needs) for (const one of before) out.set(one, [...(out.get(one) ?? []), id])
  return out
}

function spread(
  start: readonly string[],
  next: ReadonlyMap<string, readonly string[]>,
  most: number,
  into: Set<string>,
): void {
  let edge = start
  for (let i = 0; i < most && edge.length > 0; i++) {
    edge = edge.flatMap((id) => next.get(id) ?? []).filter((id) => !into.has(id))
    for (const id of edge) into.add(id)
  }
}
