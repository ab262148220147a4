import type { Node } from '../graph/graph.ts'
import type { TableName } from '../words.ts'
import type { Observed } from './observed.ts'
import type { Decided } from './plan.ts'

export interface Estimate {
  readonly readBytes: number
  readonly writeBytes: number
  readonly seconds: readonly [low: number, high: number] | null
  readonly basis: 'history' | 'statistics' | 'unknown'
}

/** From the sizes of what is read, and from how fast this node was before. */
export function estimate(node: Node, decision: Decided, seen: Observed): Estimate {
  const own = (Object.keys(node.outputs) as TableName[]).reduce(
    (sum, table) => sum + (seen.tables.get(table)?.bytes ?? 0),
    0,
  )
  if (decision.action === 'restamp' || decision.action === 'drop') return none
  const source = seen.sources.get(node.id)?.pending?.bytes
  const inputs = node.inputs.reduce((sum, { table }) => sum + (seen.tables.get(table)?.bytes ?? 0), 0)
  const readBytes = decision.action === 'relayout' ? own : Math.round((source ?? inputs) * share(decision, node, seen))
  const known = source !== undefined || node.inputs.some(({ table }) => seen.tables.has(table))
  const writeBytes = own > 0 ? Math.round(own * share(decision, node, seen)) : readBytes
  const pace = seen.pace[node.id]
  if (pace === undefined || pace.bytesPerSecond <= 0) {
    return { readBytes, writeBytes, seconds: null, basis: known ? 'statistics' : 'unknown' }
  }
  const seconds = readBytes / pace.bytesPerSecond
  const spread = 1 + 1 / Math.sqrt(pace.runs)
  return { readBytes, writeBytes, seconds: [seconds / spread, seconds * spread], basis: 'history' }
}

const none: Estimate = { readBytes: 0, writeBytes: 0, seconds: [0, 0], basis: 'statistics' }

/** The part of the inputs' time that the intervals cover. */
function share(decision: Decided, node: Node, seen: Observed): number {
  const spans = decision.slices.flatMap((slice) => ('interval' in slice ? [slice.interval] : []))
  if (spans.length === 0) return 1
  const extents = node.inputs.flatMap(({ table, window }) =>
    window === undefined ? [] : (seen.extents.get(`${table}.${window}`) ?? []),
  )
  const whole = extents.reduce((most, one) => Math.max(most, one.to - one.from), 0)
  const part = spans.reduce((sum, one) => sum + one.to - one.from, 0)
  return whole === 0 ? 1 : Math.min(1, part / whole)
}
