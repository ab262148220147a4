import type { Project } from '../definitions.ts'
import type { Issue } from '../errors/issue.ts'
import type { Fingerprint } from '../fingerprint.ts'
import type { Hasher, TableName } from '../words.ts'
import { checkInputs, checkModes, checkReferences, checkWindows } from './check-inputs.ts'
import { checkSource } from './check-source.ts'
import { draftOf, type FactsByTable, type NodeDraft, type NodeDraftOutput } from './draft.ts'
import { type Body, fingerprintsOf } from './fingerprints.ts'
import type { Edge, Graph, Node } from './graph.ts'
import { nodeOf } from './node-of.ts'
import { topological } from './topological.ts'
import type { Reading } from './windows.ts'

export interface Compiled {
  readonly graph: Graph
  readonly issues: readonly Issue[]
  /** Of each node what its fingerprints are made of, so that they can be made again when its inputs change. */
  readonly bodies: ReadonlyMap<string, Body>
}

/** Reduces every kind of definition to one kind of node. Pure; gathers all mistakes instead of stopping at the first. */
export function compile(project: Project, facts: FactsByTable, reader: string, hash: Hasher): Compiled {
  const issues: Issue[] = []
  const { drafts, producers } = draftsOf(project, facts, issues)
  const defined = new Set(project.definitions.flatMap((one) => Object.keys(one.tables) as TableName[]))
  for (const draft of drafts.values()) {
    const origin = project.origins[draft.id]
    const outputOf = (table: TableName): NodeDraftOutput | undefined =>
      drafts.get(producers.get(table) ?? '')?.outputs[table]
    checkInputs(draft, defined, origin, issues)
    checkModes(draft, (table) => outputOf(table)?.write, origin, issues)
    checkReferences(draft, (table) => outputOf(table)?.columns, defined, origin, issues)
    checkWindows(draft, (table) => readingOf(drafts.get(producers.get(table) ?? '')), project.origins[draft.id], issues)
  }
  const order = topological([...drafts.values()], (one) => one.inputs.map(({ table }) => producers.get(table) ?? ''))
  const made = new Map<TableName, Fingerprint>()
  const nodes = new Map<string, Node>()
  for (const draft of order) for (const [table, one] of fingerprintsOf(draft, made, reader, hash)) made.set(table, one)
  for (const draft of order) nodes.set(draft.id, nodeOf(draft, { fingerprints: made, nodes, producers }))
  const bodies = new Map(order.map((draft) => [draft.id, draft.body]))
  return {
    graph: { nodes, producers, lineage: () => order.flatMap(lineageOf) },
    issues,
    bodies,
  }
}

function draftsOf(
  project: Project,
  facts: FactsByTable,
  issues: Issue[],
): { readonly drafts: ReadonlyMap<string, NodeDraft>; readonly producers: ReadonlyMap<TableName, string> } {
  const drafts = new Map<string, NodeDraft>()
  const producers = new Map<TableName, string>()
  for (const definition of project.definitions.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    checkSource(definition, project.origins[definition.name], issues)
    const draft = draftOf(definition, project.origins[definition.name], facts, issues)
    if (draft === null) continue
    drafts.set(draft.id, draft)
    for (const table of Object.keys(draft.outputs) as TableName[]) producers.set(table, draft.id)
  }
  return { drafts, producers }
}

const lineageOf = ({ body }: NodeDraft): readonly Edge[] => ('lineage' in body ? body.lineage : [])

const readingOf = (draft: NodeDraft | undefined): Reading | undefined =>
  draft === undefined ? undefined : { ...draft, lineage: () => lineageOf(draft) }
