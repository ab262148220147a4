import { type Issue, issue } from '../errors/issue.ts'
import { type Graph, type Node } from '../graph/graph.ts'
import type { Covered, Interval, Slice } from '../progress.ts'
import type { Hash, Hasher, PublicationId, TableName } from '../words.ts'
import { allowedTables } from './allowed.ts'
import { askedInVain } from './asked.ts'
import { beforeStart } from './before-start.ts'
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
  /** What stays as it is, and may be meant otherwise. */
  readonly notes: readonly Issue[]
  /** What must be put right first: while there is any, no run begins. */
  readonly issues: readonly Issue[]
  readonly options: PlanOptions
}

export interface PlanOptions {
  readonly select?: readonly string[]
  readonly fullRefresh?: boolean
  /** Narrows the intervals that are filled. */
  readonly within?: Interval
  /** Tables whose missing intervals are asked for. */
  readonly fill?: readonly string[]
  /** Tables whose slices are computed anew although they are there. */
  readonly restate?: readonly string[]
  /** Tables whose destructive step is allowed. */
  readonly allow?: readonly string[]
}

/** What would change and why. Pure: the same graph, facts and options give the same plan. */
export function plan(graph: Graph, seen: Observed, given: PlanOptions, hash: Hasher): Plan {
  const allowed = allowedTables(graph, seen, given.allow ?? [])
  const options = given.allow === undefined ? given : { ...given, allow: allowed.allow }
  const selected = selectNodes(graph, options.select ?? [])
  const order = orderOf(graph)
  const sketch: Sketch = { steps: new Map(), blocked: new Set(), refusals: [], through: new Map() }
  for (const node of order.nodes) {
    const before = needsOf(graph, node)
    const after = [...new Set(before.flatMap((id) => (sketch.steps.has(id) ? [id] : (sketch.through.get(id) ?? []))))]
    const pending = new Set(before.filter((id) => brings(sketch, id)))
    // A view without a step of its own shows what the steps below it bring.
    if (isView(node) && pending.size > 0) sketch.through.set(node.id, after)
    if (!selected.nodes.has(node.id)) continue
    if (before.some((id) => sketch.blocked.has(id))) {
      sketch.blocked.add(node.id)
      continue
    }
    const decision = decide(node, { graph, seen, options, hash, pending })
    if ('refused' in decision) {
      sketch.blocked.add(node.id)
      sketch.refusals.push(...decision.refused)
    } else if (decision.action !== null) {
      const checkedAfter = (order.checked.get(node.id) ?? []).filter((id) => sketch.steps.has(id))
      sketch.steps.set(node.id, toStep(node, decision, { after, checkedAfter }, seen))
    }
  }
  const asked = selected.issues.length > 0 ? [] : askedInVain(graph, options)
  const issues = [...selected.issues, ...asked, ...takenNames(graph, selected.nodes, seen)]
  // What is built anew begins with its start.
  const stays = order.nodes.filter(({ id }) => selected.nodes.has(id) && sketch.steps.get(id)?.action !== 'rebuild')
  const notes = [...allowed.notes, ...stays.flatMap((node) => beforeStart(node, seen))]
  return planOf(graph, seen, options, hash, { ...sketch, issues, notes })
}

/** Tables to be made whose names other programs took. Publishing over them would lose rows, so nothing is begun. */
function takenNames(graph: Graph, selected: ReadonlySet<string>, seen: Observed): readonly Issue[] {
  const tables = [...(seen.taken ?? [])].filter((table) => selected.has(graph.producers.get(table) ?? ''))
  return tables.toSorted().map((table) => issue('lake/foreign-table', { table, environment: seen.environment.name }))
}

/** A plan while it is made. */
interface Sketch {
  readonly steps: Map<string, Step>
  /** Nodes that are refused, or that read what is refused. */
  readonly blocked: Set<string>
  readonly refusals: Issue[]
  /** Views that show new rows, with the steps that bring them. */
  readonly through: Map<string, readonly string[]>
}

/** Whether a node shows other rows once the plan is applied; new notes and new layouts bring none. */
function brings({ steps, through }: Sketch, id: string): boolean {
  const action = steps.get(id)?.action
  return action === undefined || action === 'restamp' ? through.has(id) : action !== 'relayout'
}

const isView = (node: Node): boolean => Object.values(node.outputs).every(({ write }) => write === 'view')

function planOf(
  graph: Graph,
  seen: Observed,
  options: PlanOptions,
  hash: Hasher,
  made: Sketch & Pick<Plan, 'issues' | 'notes'>,
): Plan {
  const drops = (options.select ?? []).length === 0 ? dropSteps(graph, seen, options) : { steps: [], refusals: [] }
  const all = [...made.steps.values(), ...drops.steps]
  const touched = new Set(all.flatMap((step) => step.tables))
  return {
    // Steps are made by the same code in the same order of fields: what is equal gives the same JSON.
    id: hash(JSON.stringify(all)),
    environment: seen.environment.name,
    on: seen.environment.head,
    steps: all,
    unchanged: [...graph.producers.keys()].filter((table) => !touched.has(table)).toSorted(),
    refusals: [...made.refusals, ...drops.refusals],
    notes: made.notes,
    issues: made.issues,
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
  /** What the table covers already, by the versions of its inputs that it could as well have been filled from. */
  readonly stands?: readonly Covered[]
  readonly changes: readonly Change[]
  readonly why: readonly Reason[]
}
