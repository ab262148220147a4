import { fail, type Json, type Node } from '@millrace/core'

/** A source as its connector sees it: `env('NAME')` is the variable's value. The graph, and so all that is kept, has the name. */
export function withVariables(node: Node): Node {
  if (node.work.executor !== 'connector') return node
  return { ...node, work: { ...node.work, config: valueOf(node.work.config, node.id) } }
}

function valueOf(said: Json, source: string): Json {
  if (typeof said !== 'object' || said === null) return said
  if (Array.isArray(said)) return said.map((one: Json) => valueOf(one, source))
  const entries = Object.entries(said)
  const [[key, name] = []] = entries
  if (entries.length === 1 && key === 'secret' && typeof name === 'string')
    return process.env[name] ?? fail('run/no-variable', { source, name })
  return Object.fromEntries(entries.map(([option, one]) => [option, one === undefined ? one : valueOf(one, source)]))
}
