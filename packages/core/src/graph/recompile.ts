// The graph after some models in SQL were edited, made from the graph before. Invariants:
// 1. It is what `compile` gives for the whole project, in every field, or null: then the whole has to be compiled.
// 2. Whatever another definition may look at stands as it was: a table's name, its columns and their types, its write.
//    So no other node has to be drafted anew, and no mistake can begin or end anywhere but in what was edited.
// 3. What others see of values are fingerprints: they are made anew below an edit, as far down as they change.
// 4. Where a mistake may have come in (an unknown input, a circle, a window without a stored column), the answer is null:
//    mistakes are told by `compile` alone.
import type { ModelDefinition, Origin } from '../definitions.ts'
import type { Issue } from '../errors/issue.ts'
import type { Fingerprint } from '../fingerprint.ts'
import type { SqlFacts } from '../ports/sql-reader.ts'
import type { Hasher, TableName } from '../words.ts'
import { checkInputs, checkModes, checkReferences, checkWindows } from './check-inputs.ts'
import { draftOf, type NodeDraft } from './draft.ts'
import { type Body, fingerprintsOf, type Made, stable, valuesOf } from './fingerprints.ts'
import type { Edge, Graph, Node, Output } from './graph.ts'
import { nodeOf } from './node-of.ts'
import { checkRule } from './outputs.ts'
import { topological } from './topological.ts'
import type { Reading } from './windows.ts'

/** A graph without mistakes, and what its fingerprints were made of. */
export interface Compilation {
  readonly graph: Graph
  readonly bodyOf: (id: string) => Body
  readonly lineageOf: (id: string) => readonly Edge[]
}

/** One model as it stands now. */
export interface Edited {
  readonly definition: ModelDefinition
  readonly origin: Origin
  readonly facts: SqlFacts
}

export interface Recompiled {
  readonly graph: Graph
  /** The nodes that differ from those before. */
  readonly renewed: ReadonlySet<string>
}

/** Makes the nodes of edited models anew, and the fingerprints below them. null: others may look different too. */
export function recompile(
  before: Compilation,
  edits: readonly Edited[],
  reader: string,
  hash: Hasher,
): Recompiled | null {
  const drafts = draftsOf(before.graph, edits)
  if (drafts === null || !hasWindows(before, drafts)) return null
  const order = orderOf(before.graph, drafts)
  if (order === null) return null
  const made = renew(before, drafts, order, { reader, hash })
  if (made === null) return null
  const { nodes, renewed } = made
  const lineageOf = (id: string): readonly Edge[] => ownLineage(drafts.get(id)) ?? before.lineageOf(id)
  const { producers } = before.graph
  return { graph: { nodes, producers, lineage: () => order.flatMap(lineageOf) }, renewed }
}

type Drafts = ReadonlyMap<string, NodeDraft>

/** The edited models as drafts; null where one has a mistake or shows others something new. */
function draftsOf({ nodes, producers }: Graph, edits: readonly Edited[]): Drafts | null {
  const issues: Issue[] = []
  const drafts = new Map<string, NodeDraft>()
  // An edited model shows the columns that it did, or it is not drafted here.
  const outputOf = (table: TableName): Output | undefined => nodes.get(producers.get(table) ?? '')?.outputs[table]
  for (const { definition, origin, facts } of edits) {
    const old = nodes.get(definition.name)
    const draft = draftOf(definition, origin, new Map([[definition.name, facts]]), issues)
    if (old === undefined || draft === null || !showsTheSame(old, draft) || hasCodeChecks(old)) return null
    checkInputs(draft, producers, origin, issues)
    checkModes(draft, (table) => outputOf(table)?.write, origin, issues)
    checkReferences(draft, (table) => outputOf(table)?.columns, producers, origin, issues)
    drafts.set(draft.id, draft)
  }
  return issues.length > 0 ? null : drafts
}

/** Whether all that others look at is as it was. */
const showsTheSame = (old: Node, draft: NodeDraft): boolean => old.file === draft.file && shown(old) === shown(draft)

/** Checks in code come from files of their own, which an edit of the model does not tell. */
const hasCodeChecks = ({ outputs }: Node): boolean =>
  Object.values(outputs).some(({ checks = [] }) =>
    checks.map(checkRule).some((rule) => typeof rule === 'object' && 'code' in rule),
  )

const shown = ({ outputs }: Pick<NodeDraft, 'outputs'>): string =>
  JSON.stringify(
    Object.entries(outputs).map(([table, { write, columns }]) => [
      table,
      stable(write),
      Object.entries(columns).map(([name, { type }]) => [name, type]),
    ]),
  )

/** Whether every interval model that an edit may touch still finds the column that tells the time. */
function hasWindows(before: Compilation, drafts: Drafts): boolean {
  const { nodes, producers } = before.graph
  const issues: Issue[] = []
  const readingOf = (table: TableName): Reading | undefined => {
    const id = producers.get(table) ?? ''
    const one = drafts.get(id) ?? nodes.get(id)
    return one === undefined ? undefined : { ...one, lineage: () => ownLineage(drafts.get(id)) ?? before.lineageOf(id) }
  }
  const hasView = [...drafts.values()].some(({ outputs }) =>
    Object.values(outputs).some(({ write }) => write === 'view'),
  )
  // A window is looked for through views, so an edited view may hide the column from any model.
  const touched = hasView ? [...nodes.keys()] : [...drafts.keys()]
  for (const id of touched) {
    const one = drafts.get(id) ?? nodes.get(id)
    if (one !== undefined) checkWindows(one, readingOf, undefined, issues)
  }
  return issues.length === 0
}

/** Each node after its inputs, exactly as `compile` would have them; null where they go in a circle. */
function orderOf({ nodes, producers }: Graph, drafts: Drafts): readonly string[] | null {
  const reads = (one: Pick<Node, 'inputs'>): readonly string[] =>
    one.inputs.map(({ table }) => producers.get(table) ?? '')
  const readsAsBefore = [...drafts].every(([id, draft]) => reads(draft).join() === reads(nodes.get(id) as Node).join())
  if (readsAsBefore) return [...nodes.keys()]
  const items = [...nodes.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((one) => drafts.get(one.id) ?? one)
  const order = topological(items, reads)
  const places = new Map(order.map(({ id }, place) => [id, place]))
  const inOrder = order.every((one, place) => reads(one).every((id) => (places.get(id) ?? 0) < place))
  return inOrder ? order.map(({ id }) => id) : null
}

interface Renewed {
  readonly nodes: ReadonlyMap<string, Node>
  readonly renewed: ReadonlySet<string>
}

/** All nodes in order: the edited ones anew, those below with new fingerprints, the others as they are. null: what is below an edit
 * may be lost in other ways than before. */
function renew(
  before: Compilation,
  drafts: Drafts,
  order: readonly string[],
  { reader, hash }: { readonly reader: string; readonly hash: Hasher },
): Renewed | null {
  const moved = new Set<TableName>()
  const nodes = new Map<string, Node>()
  // A kept fingerprint is parsed where it is looked at: only edits and what stands below them look.
  const made: Made = { get: (table) => nodes.get(before.graph.producers.get(table) ?? '')?.outputs[table]?.fingerprint }
  const renewed = new Set<string>()
  const remake = (old: Node, draft: NodeDraft | undefined): Node => {
    if (draft === undefined)
      return old.inputs.some(({ table }) => moved.has(table)) ? withValues(old, before.bodyOf(old.id), made, hash) : old
    const fingerprints = new Map(fingerprintsOf(draft, made, reader, hash))
    return nodeOf(draft, { fingerprints, nodes, producers: before.graph.producers })
  }
  for (const id of order) {
    const old = before.graph.nodes.get(id) as Node
    const node = remake(old, drafts.get(id))
    nodes.set(id, node)
    if (node === old) continue
    // What reads it may gather more than it did, or less.
    if (drafts.has(id) && !tellsTheSame(old, node) && isRead(before.graph, node)) return null
    renewed.add(id)
    for (const [table, { fingerprint }] of outputsOf(node))
      if (!sameValues(fingerprint, old.outputs[table]?.fingerprint)) moved.add(table)
  }
  return { nodes, renewed }
}

/** A node as it was but for what hangs on its inputs. */
function withValues(node: Node, body: Body, made: Made, hash: Hasher): Node {
  const making = {
    inputs: node.inputs,
    work: node.work,
    body,
    ...(node.intervals === undefined ? {} : { intervals: node.intervals }),
  }
  const outputs = outputsOf(node).map(([table, output]) => {
    const fingerprint = { ...output.fingerprint, ...valuesOf(making, output, made, hash) }
    return [table, { ...output, fingerprint }] as const
  })
  return { ...node, outputs: Object.fromEntries(outputs) }
}

const tellsTheSame = (old: Node, now: Node): boolean =>
  outputsOf(now).every(([table, { tells }]) => stable(tells) === stable(old.outputs[table]?.tells))

const isRead = ({ nodes }: Graph, { outputs }: Node): boolean =>
  [...nodes.values()].some(({ inputs }) => inputs.some(({ table }) => outputs[table] !== undefined))

function sameValues(now: Fingerprint, then: Fingerprint | undefined): boolean {
  if (now.rows !== then?.rows) return false
  const [ours, theirs] = [Object.entries(now.columns), Object.entries(then.columns)]
  return ours.length === theirs.length && ours.every(([name, one]) => then.columns[name] === one)
}

const outputsOf = ({ outputs }: Node): readonly (readonly [TableName, Output])[] =>
  Object.entries(outputs) as [TableName, Output][]

const ownLineage = (draft: NodeDraft | undefined): readonly Edge[] | null =>
  draft === undefined || !('lineage' in draft.body) ? null : draft.body.lineage
