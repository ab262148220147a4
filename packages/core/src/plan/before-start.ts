import { type Issue, issue } from '../errors/issue.ts'
import type { Node } from '../graph/graph.ts'
import type { Instant, TableName } from '../words.ts'
import { floorTo, printInterval } from '../time/grain.ts'
import { coalesce, intersect } from '../time/intervals.ts'
import type { Observed } from './observed.ts'

/** Tables with rows from before the `start` of their definition, which moved later: they stay, and are not computed again. */
export function beforeStart(node: Node, { tables }: Pick<Observed, 'tables'>): readonly Issue[] {
  const { grain, start = null } = node.intervals ?? {}
  if (grain === undefined || start === null) return []
  const before = { from: Number.NEGATIVE_INFINITY as Instant, to: floorTo(grain, start) }
  return (Object.keys(node.outputs) as TableName[]).flatMap((table) => {
    const covered = tables.get(table)?.progress.covered ?? []
    const left = intersect(coalesce(covered.map(({ interval }) => interval)), [before])
    return left.length === 0
      ? []
      : [issue('plan/before-start', { table, intervals: left.map(printInterval).join('; ') })]
  })
}
