import type { Issue } from '../errors/issue.ts'
import { type Graph, type Node } from '../graph/graph.ts'
import { stable } from '../graph/fingerprints.ts'
import type { Interval, Slice } from '../progress.ts'
import type { Hash, Hasher, PublicationId, TableName } from '../words.ts'
import type { Change } from './compare.ts'
import { decide } from './decide.ts'
import { type Estimate, estimate } from './estimate.ts'
import type { Observed } from './observed.ts'
import { needsOf, orderOf } from './order.ts'
import { dropSteps } from './orphans.ts'
import type { Reason } from './reasons.ts'
import { selectNodes } from './select.ts'

/** load: ask a source for what is new. create, rebuild: compute everything. run: fill what is missing.
 * relayout: rewrite the files, compute nothing. restamp: metadata only. drop: the definition is gone. */
export type Action = 'load' | 'create' | 'rebuild' | 'run' | 'relayout' | 'restamp' | 'drop'

export interface Step {
  readonly id: string
  readonly node: string
  readonly tables: readonly TableName[]
  readonly action: Action
  /** Empty while it depends on what the steps before it bring. */
  readonly slices: readonly Slice[]
  readonly after: readonly string[]
  /** Steps whose tables its checks look at: they go first, but their failure is not this one's. */
  readonly checkedAfter: readonly string[]
  readonly changes: readonly Change[]
  readonly estimate: Estimate
  readonly why: readonly Reason[]
}

export interface Plan {
  readonly id: Hash
  readonly environment: string
  /** Applied only if the environment still stands there. */
  readonly on: PublicationId | null
  readonly steps: readonly Step[]
  readonly unchanged: readonly TableName[]
  /** Work that would destroy something; it needs to be allowed by name. */
  readonly refusals: readonly Issue[]
  readonly issues: readonly Issue[]
  readonly options: PlanOptions
}

export interface PlanOptions {
  readonly select?: readonly string[]
  readonly fullRefresh?: boolean
  /** Narrows the intervals that are filled. */
  readonly within?: Interval
  /** Tables whose slices are computed anew although they are there. */
  readonly restate?: readonly string[]
  /** Tables whose destructive step is allowed. */
  readonly allow?: readonly string[]
}

/** What would change and why. Pure: the same graph, facts and options give the same plan. */
export function plan(graph: Graph, seen: Observed, options: PlanOptions, hash: Hasher): Plan {
  const selected = selectNodes(graph, options.select ?? [])
  const order = orderOf(graph)
  const steps = new Map<string, Step>()
  const refusals: Issue[] = []
  const blocked = new Set<string>()
  for (const node of order.nodes) {
    if (!selected.nodes.has(node.id)) continue
    const before = needsOf(graph, node)
    if (before.some((id) => blocked.has(id))) {
      blocked.add(node.id)
      continue
    }
    const after = before.filter((id) => steps.has(id))
    const decision = decide(node, { graph, seen, options, hash, pending: new Set(after) })
    if ('refused' in decision) {
      blocked.add(node.id)
      refusals.push(...decision.refused)
    } else if (decision.action !== null) {
      const checkedAfter = (order.checked.get(node.id) ?? []).filter((id) => steps.has(id))
      steps.set(node.id, toStep(node, decision, { after, checkedAfter }, seen))
    }
  }
  const drops = options.select === undefined ? dropSteps(graph, seen, options) : { steps: [], refusals: [] }
  const all = [...steps.values(), ...drops.steps]
  const touched = new Set(all.flatMap((step) => step.tables))
  return {
    id: hash(stable(all)),
    environment: seen.environment.name,
    on: seen.environment.head,
    steps: all,
    unchanged: [...graph.producers.keys()].filter((table) => !touched.has(table)).toSorted(),
    refusals: [...refusals, ...drops.refusals],
    issues: selected.issues,
    options,
  }
}

function toStep(node: Node, decision: Decided, order: Pick<Step, 'after' | 'checkedAfter'>, seen: Observed): Step {
  const { action, slices, changes, why } = decision
  const tables = Object.keys(node.outputs) as TableName[]
  return {
    id: node.id,
    node: node.id,
    tables,
    action,
    slices,
    ...order,
    changes,
    estimate: estimate(node, decision, seen),
    why,
  }
}

/** What is to be done with one node. */
export interface Decided {
  readonly action: Action
  readonly slices: readonly Slice[]
  readonly changes: readonly Change[]
  readonly why: readonly Reason[]
}
