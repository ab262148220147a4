import type { Graph, Node } from '../graph/graph.ts'
import { topological } from '../graph/topological.ts'

export interface Order {
  /** By name where nothing else decides, so that the order of definitions does not matter. */
  readonly nodes: readonly Node[]
  /** The nodes that a node's checks wait for. */
  readonly checked: ReadonlyMap<string, readonly string[]>
}

/** Each node after those that it reads, and after those that its checks look at, as far as these do not wait for it. */
export function orderOf(graph: Graph): Order {
  const nodes = [...graph.nodes.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const before = new Map(nodes.map((node) => [node.id, needsOf(graph, node).toSorted()]))
  const checked = new Map<string, readonly string[]>()
  for (const node of nodes) {
    const kept: string[] = []
    for (const id of checksOf(graph, node)) {
      if (id === node.id || waitsFor(id, node.id, before)) continue
      kept.push(id)
      before.set(node.id, [...(before.get(node.id) ?? []), id])
    }
    checked.set(node.id, kept)
  }
  return { nodes: topological(nodes, (node) => before.get(node.id) ?? []), checked }
}

/** The nodes that make a node's inputs. */
export function needsOf(graph: Graph, node: Node): readonly string[] {
  return [...new Set(node.inputs.flatMap(({ table }) => graph.producers.get(table) ?? []))].filter(
    (id) => id !== node.id,
  )
}

const checksOf = (graph: Graph, node: Node): readonly string[] =>
  [...new Set(node.checkInputs.flatMap((table) => graph.producers.get(table) ?? []))].toSorted()

function waitsFor(start: string, wanted: string, before: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set([start])
  for (const id of seen) {
    if (id === wanted) return true
    for (const next of before.get(id) ?? []) seen.add(next)
  }
  return false
}
