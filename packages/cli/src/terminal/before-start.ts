import { counted, type Graph, type PlanOptions, printInstant, selectNodes } from '@millrace/core'

/** Why a range of time brings nothing to do: it lies before the `start` of tables that were asked for; null: it does not. */
export function beforeStart(graph: Graph, { select = [], within }: PlanOptions): string | null {
  if (within === undefined) return null
  const { nodes } = selectNodes(graph, select)
  const late = [...nodes].flatMap((id) => {
    const start = graph.nodes.get(id)?.intervals?.start ?? null
    return start !== null && start >= within.to ? [`${id} begins at ${printInstant(start)}`] : []
  })
  if (late.length === 0) return null
  const [shown, more] = [late.slice(0, 3), late.length - 3]
  return `${shown.join(', ')}${more > 0 ? `, and ${counted(more, 'other table')} later, too` : ''}: the range asked for lies before (\`start\` in the definition)`
}
