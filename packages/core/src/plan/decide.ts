import { type Issue, issue } from '../errors/issue.ts'
import { evolve } from '../fields/evolve.ts'
import type { Graph, Input, Node, Output } from '../graph/graph.ts'
import { stable } from '../graph/fingerprints.ts'
import { historyNames } from '../graph/history.ts'
import type { TableState } from '../ports/table-format.ts'
import type { Covered, Interval, Slice } from '../progress.ts'
import { coalesce, intersect } from '../time/intervals.ts'
import { countGrains, printInterval, widen } from '../time/grain.ts'
import type { Hasher, TableName } from '../words.ts'
import { writeKind, type WriteMode } from '../write-mode.ts'

import { type Change, compare } from './compare.ts'
import { gathers, holdsMore } from './holds-more.ts'
import { lostColumns } from './lost-columns.ts'
import { lateFor, lostOf, missing, wantedOf } from './missing.ts'
import type { Observed } from './observed.ts'
import type { Decided, PlanOptions } from './plan.ts'
import type { Reason } from './reasons.ts'
import { asOfNow } from './unchanged.ts'

export interface DecideContext {
  readonly graph: Graph
  readonly seen: Observed
  readonly options: PlanOptions
  readonly hash: Hasher
  /** Nodes before this one that have a step in the same plan and have not brought their new version yet. */
  readonly pending: ReadonlySet<string>
}

export type Decision = Decided | { readonly action: null } | { readonly refused: readonly Issue[] }

const nothing = { action: null } as const

/** What one node needs. A run asks again once the inputs have been staged: the same question, fewer unknowns. */
export function decide(node: Node, context: DecideContext): Decision {
  const decision = needed(node, context)
  if (!('slices' in decision)) return decision
  const lost = [...lostRows(node, decision, context), ...lostColumns(node, decision, context)]
  return lost.length > 0 ? { refused: lost } : decision
}

function needed(node: Node, context: DecideContext): Decision {
  const outputs = Object.entries(node.outputs) as [TableName, Output][]
  const states = outputs.map(([table]) => context.seen.tables.get(table))
  const changes = outputs.flatMap(([, output], i) => changesOf(states[i], output))
  const has = (...kinds: Change['change'][]): boolean => changes.some(({ change }) => kinds.includes(change))
  const why: Reason[] = changes.map((change) =>
    change.change === 'new' ? { reason: 'new' } : { reason: 'changed', change },
  )
  const missingTable = states.includes(undefined)

  if (node.work.executor === 'connector') return decideSource(node, context, { changes, why })
  if (isView(outputs))
    return changes.length > 0
      ? { action: missingTable ? 'create' : 'run', slices: [everything], changes, why }
      : nothing
  // What waits is asked again when its inputs are there, which may then be right.
  const untimed = waits(node, context) ? [] : (context.seen.untimed.get(node.id) ?? [])
  if (untimed.length > 0) return { refused: untimed }
  if (has('new')) return whole(node, context, { action: 'create', changes, why })
  if (context.options.fullRefresh === true) {
    return rebuild(node, context, { changes, why: [{ reason: 'asked', option: '--full-refresh' }, ...why] })
  }
  const known = states as readonly TableState[]
  const goesOn = node.forwardOnly && outputs.every(([, output], i) => goesOnFrom(known[i], output))
  if (has('rows', 'values', 'added', 'foreign') && !goesOn) return rebuild(node, context, { changes, why })
  const work = workFor(node, context, known)
  const reasons = [...why, ...work.why]
  // Rows first: a new layout of those that are there can wait for a run in which nothing else is to be done.
  if (work.slices.length > 0 || work.waits)
    return { action: 'run', slices: work.slices, ...standsOf(work), changes, why: reasons }
  if (has('layout')) return { action: 'relayout', slices: [everything], changes, why }
  return changes.length > 0 ? { action: 'restamp', slices: [], changes, why } : nothing
}

/** How a definition differs from what made the table; rows that another program wrote were made by none. */
function changesOf(state: TableState | undefined, output: Output): readonly Change[] {
  if (state === undefined) return [{ change: 'new' }]
  return state.made === null ? [{ change: 'foreign' }] : compare(state.made, output.fingerprint)
}

/** Rows without versions are none of a history, and versions are no rows of any other table: there no change can hold from now on. */
const goesOnFrom = (state: TableState | undefined, { columns }: Output): boolean =>
  state === undefined || isVersioned(state.shape.fields.map(({ name }) => name)) === isVersioned(Object.keys(columns))

const isVersioned = (names: readonly string[]): boolean =>
  Object.values(historyNames).every((name) => names.includes(name))

const everything: Slice = { all: true }

const isView = (outputs: readonly [TableName, Output][]): boolean => outputs.every(([, { write }]) => write === 'view')

/** A source takes what is new; a changed definition holds from now on, because what was landed stays landed. */
function decideSource(node: Node, context: DecideContext, said: Pick<Decided, 'changes' | 'why'>): Decision {
  const decision = nextOfSource(node, context, said)
  const keepsRows = 'action' in decision && (decision.action === 'load' || decision.action === 'restamp')
  const refused = keepsRows && said.changes.length > 0 ? impossible(node, context) : []
  const all = [...refused, ...goneFiles(node, decision, context)]
  return all.length > 0 ? { refused: all } : decision
}

/** Rows of files that were gone by the time at which the source began to replace what is there. */
function goneFiles({ id, outputs }: Node, decision: Decision, { seen, options }: DecideContext): readonly Issue[] {
  const gone = seen.sources.get(id)?.gone ?? []
  if (gone.length === 0 || !('action' in decision) || !['load', 'rebuild'].includes(decision.action ?? '')) return []
  return (Object.entries(outputs) as [TableName, Output][]).flatMap(([table, { write }]) => {
    const wasAppended = write === 'replace' && seen.tables.get(table)?.progress.gathered === true
    if (!wasAppended || options.allow?.includes(table) === true) return []
    const files = gone.slice(0, 5).join(', ')
    return [issue('run/landed-gone', { table, files, count: gone.length, replaces: true })]
  })
}

/** What rows that are there cannot become unless all of them are written anew. */
function impossible({ outputs }: Node, { seen }: DecideContext): readonly Issue[] {
  return Object.entries(outputs).flatMap(([table, { write, columns }]) => {
    const state = seen.tables.get(table as TableName)
    if (state === undefined || write === 'replace') return []
    const evolved = evolve(state.shape.fields, columns, { last: 0, rewritten: false })
    return 'fields' in evolved ? [] : evolved
  })
}

function nextOfSource(node: Node, context: DecideContext, said: Pick<Decided, 'changes' | 'why'>): Decision {
  const offer = context.seen.sources.get(node.id)
  const pending = offer?.pending
  // Files may be gone that were landed: a source is landed anew only when it is meant by name.
  const named = context.options.fullRefresh === true && (context.options.select ?? []).length > 0
  const asked: Reason[] = named ? [{ reason: 'asked', option: '--full-refresh' }] : []
  if (asked.length > 0) return { action: 'rebuild', slices: [everything], changes: said.changes, why: asked }
  if (pending === undefined || pending === null) {
    return { action: 'load', slices: [], changes: said.changes, why: [...said.why, { reason: 'asks-source' }] }
  }
  if (pending.items === 0) {
    return said.changes.length > 0
      ? { action: said.changes[0]?.change === 'new' ? 'load' : 'restamp', slices: [], ...said }
      : nothing
  }
  return { action: 'load', slices: [], changes: said.changes, why: [...said.why, { reason: 'new-data', ...pending }] }
}

/** Everything that the inputs have, as intervals where the model works by interval. */
function whole(node: Node, context: DecideContext, said: Omit<Decided, 'slices'>): Decided {
  if (node.intervals === undefined) return { ...said, slices: [everything] }
  return { ...said, slices: waits(node, context) ? [] : mayOf(node, context).map((interval) => ({ interval })) }
}

const waits = (node: Node, { graph, pending }: DecideContext): boolean =>
  node.inputs.some(({ table }) => pending.has(graph.producers.get(table) ?? ''))

const rebuild = (node: Node, context: DecideContext, said: Pick<Decided, 'changes' | 'why'>): Decision =>
  whole(node, context, { action: 'rebuild', ...said })

/** What tables have and would not have again. What an environment only shows stays in its base: there a change may be tried, and
 * promotion asks. */
function lostRows(node: Node, decided: Decided, context: DecideContext): readonly Issue[] {
  const { seen, options } = context
  if (node.work.executor === 'connector') return []
  return (Object.entries(node.outputs) as [TableName, Output][]).flatMap(([table, output]) => {
    const { write } = output
    const isOwn = (seen.environment.overlay[table] ?? null) !== null
    const state = seen.tables.get(table)
    const progress = state?.progress
    if (!isOwn || progress === undefined || options.allow?.includes(table) === true) return []
    if (!beginsAnew(node, decided, write, context)) return []
    if (node.replay === 'never' || holdsMore(progress, seen.tables)) {
      const option = isRestated(node, context) ? 'restate' : options.fullRefresh === true ? 'full-refresh' : null
      return [issue('plan/would-lose-history', { table, option, goesOn: gathers(write) && goesOnFrom(state, output) })]
    }
    const lost = node.intervals === undefined ? [] : lostOf(node.intervals, progress.covered, mayOf(node, context))
    if (lost.length === 0) return []
    return [issue('plan/would-lose-intervals', { table, intervals: lost.map(printInterval).join(', ') })]
  })
}

/** Whether nothing of the rows that are there stays. Slices may wait for inputs; what they will be can be told. */
function beginsAnew(node: Node, { action }: Decided, write: WriteMode, context: DecideContext): boolean {
  if (action === 'rebuild') return true
  if (action !== 'run') return false
  const kind = writeKind(write)
  if (kind === 'append' && node.intervals === undefined)
    return isRestated(node, context) || node.inputs.every(({ mode }) => mode !== 'changes')
  return kind === 'replace' || kind === 'view'
}

interface Work {
  readonly slices: readonly Slice[]
  readonly stands?: readonly Covered[]
  readonly waits: boolean
  readonly why: readonly Reason[]
}

/** What is missing although the definition is the same: new input versions, open intervals, what was asked for. */
function workFor(node: Node, context: DecideContext, states: readonly TableState[]): Work {
  const follows: Reason[] = node.inputs.flatMap(({ table }) =>
    context.pending.has(context.graph.producers.get(table) ?? '') ? [{ reason: 'follows', table }] : [],
  )
  const own = states[0]
  if (own === undefined) return { slices: [], waits: false, why: [] }
  if (node.intervals !== undefined) return intervalWork(node, context, own, follows)
  const asked: Reason[] = isRestated(node, context) ? [{ reason: 'asked', option: 'restate' }] : []
  const moved: Reason[] = node.inputs
    .filter(({ table }) => own.progress.position[table] !== inputVersion(table, context))
    .map(({ table }) => ({ reason: 'input-changed', table }))
  if (follows.length > 0) return { slices: [], waits: true, why: [...asked, ...follows] }
  // What has been read once brings no changes, so what is asked for is computed from everything.
  if (asked.length > 0) return { slices: [everything], waits: false, why: [...asked, ...moved] }
  return { slices: moved.length > 0 ? [changesOrAll(node, own, context)] : [], waits: false, why: moved }
}

const isRestated = (node: Node, { options }: DecideContext): boolean =>
  Object.keys(node.outputs).some((table) => options.restate?.some((one) => one.toLowerCase() === table.toLowerCase()))

function changesOrAll(node: Node, own: TableState, context: DecideContext): Slice {
  if (!node.inputs.some(({ mode }) => mode === 'changes')) return everything
  const upto = Object.fromEntries(node.inputs.map(({ table }) => [table, inputVersion(table, context)]))
  return { changes: { after: own.progress.position, upto } }
}

function intervalWork(node: Node, context: DecideContext, own: TableState, follows: readonly Reason[]): Work {
  if (follows.length > 0) return { slices: [], waits: true, why: follows }
  const asked = isRestated(node, context)
  // What was never filled is no part of a restatement: filling is for a run, or `backfill`.
  const filled = own.progress.covered.map(({ interval }) => interval)
  const open = asked ? intersect(mayOf(node, context), coalesce(filled)) : openIntervals(node, context, own)
  const why: Reason[] = asked ? [{ reason: 'asked', option: 'restate' }] : []
  if (open.length === 0) return { slices: [], waits: false, why: [] }
  return {
    slices: open.map((interval) => ({ interval })),
    stands: standing(node, context, own),
    waits: false,
    why: [...why, { reason: 'intervals', intervals: open }],
  }
}

/** The grains in which the inputs have rows, and those that the table covers: where its inputs have no rows any more, it is to have none. */
function mayOf(node: Node, context: DecideContext): readonly Interval[] {
  const [table] = Object.keys(node.outputs) as TableName[]
  const covered = context.seen.tables.get(table as TableName)?.progress.covered ?? []
  return inRange(node, context, [...wantedOf(node, context.seen), ...lostOf(node.intervals, covered, [])])
}

/** What of some intervals was asked for, in whole grains: the other rows of a grain would be lost. */
function inRange(node: Node, { options: { within } }: DecideContext, all: readonly Interval[]): readonly Interval[] {
  const { grain } = node.intervals as NonNullable<Node['intervals']>
  const asked = within === undefined ? all : intersect(all, [within])
  return coalesce(asked.map((one) => widen(grain, one)))
}

function openIntervals(node: Node, context: DecideContext, own: TableState): readonly Interval[] {
  const { grain, lookback } = node.intervals as NonNullable<Node['intervals']>
  const rows = own.made?.rows
  const accepts = node.forwardOnly || rows === undefined ? null : new Set([rows])
  const intervals = inRange(node, context, wantedOf(node, context.seen))
  const wanted = {
    grain,
    lookback,
    intervals,
    may: mayOf(node, context),
    accepts,
    changedSince: changesFor(node, context),
  }
  return missing(wanted, own.progress.covered)
}

const changesFor =
  (node: Node, context: DecideContext) =>
  (covered: Covered): readonly Interval[] =>
    coalesce(node.inputs.flatMap((input) => changedIn(input, covered, context)))

/** What the table covers already, as of the versions that its inputs have now. */
function standing(node: Node, context: DecideContext, own: TableState): readonly Covered[] {
  const { grain, lookback } = node.intervals as NonNullable<Node['intervals']>
  const changedSince = changesFor(node, context)
  const windows = node.inputs.filter(({ window }) => window !== undefined)
  const now = Object.fromEntries(windows.map(({ table }) => [table, inputVersion(table, context)]))
  return asOfNow(own.progress.covered, (one) => lateFor({ grain, lookback, changedSince }, one), now)
}

const standsOf = ({ stands }: Work): Pick<Decided, 'stands'> => (stands === undefined ? {} : { stands })

/** An input without a window (a lookup) does not reopen intervals: they keep what they read then; restate computes anew. */
function changedIn(input: Input, covered: Covered, context: DecideContext): readonly Interval[] {
  const version = covered.of[input.table]
  if (input.window === undefined || version === undefined || version === inputVersion(input.table, context)) return []
  return context.seen.changed.get(`${input.table}.${input.window}@${version}`) ?? [covered.interval]
}

export interface VersionContext {
  readonly graph: Graph
  readonly seen: Pick<Observed, 'tables'>
  readonly hash: Hasher
}

/** What identifies the rows that a table shows now. A view shows what its own inputs show. */
export function inputVersion(table: TableName, context: VersionContext): string {
  const state = context.seen.tables.get(table)
  if (state === undefined) return ''
  if (state.ref.format !== 'view') return state.data
  const node = context.graph.nodes.get(context.graph.producers.get(table) ?? '')
  const below = (node?.inputs ?? []).map((input) => inputVersion(input.table, context))
  return context.hash(stable([state.ref.version, ...below]))
}

/** How many grains the slices of a step have, for messages. */
export function grainsOf(node: Node, slices: readonly Slice[]): number {
  const grain = node.intervals?.grain
  if (grain === undefined) return 0
  return slices.reduce((sum, slice) => sum + ('interval' in slice ? countGrains(grain, slice.interval) : 0), 0)
}
