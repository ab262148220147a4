import { tablesChecked } from '../checks/tables-checked.ts'
import type { TableName } from '../words.ts'
import { writeKind, type WriteMode } from '../write-mode.ts'
import type { NodeDraft, NodeDraftOutput } from './draft.ts'
import type { Made } from './fingerprints.ts'
import type { Node, Output } from './graph.ts'

/** What is around a node when it is finished. */
export interface Around {
  readonly fingerprints: Made
  /** Those of its inputs at least. */
  readonly nodes: ReadonlyMap<string, Node>
  readonly producers: ReadonlyMap<TableName, string>
}

/** A draft with what follows from the nodes around it. */
export function nodeOf(full: NodeDraft, { fingerprints, nodes, producers }: Around): Node {
  const { body: _, sources: __, ...draft } = full
  const outputs = withFingerprints(draft.outputs, fingerprints)
  const checkInputs = Object.entries(outputs).flatMap(([table, output]) =>
    tablesChecked(output, producers.keys()).filter((one) => one !== table),
  )
  return { ...draft, outputs, checkInputs, replay: replayOf(full, { nodes, producers }) }
}

type Known = Pick<Around, 'nodes' | 'producers'>

/** What a table gathered cannot be made again where its inputs do not have all of it (any more), nor history where it is the runs
 * that said when. */
function replayOf(draft: NodeDraft, known: Known): Node['replay'] {
  if (draft.work.executor === 'connector') return 'from-inputs'
  const histories = Object.values(draft.outputs).filter(({ write }) => writeKind(write) === 'history')
  if (histories.length === 0) return gathers(draft.outputs) && allForget(draft.inputs, known) ? 'never' : 'pure'
  if (histories.some(({ write }) => isByRuns(write)) || takesSome(draft)) return 'never'
  const overwritten = draft.inputs.some(({ table }) => {
    const write = producerOf(table, known)?.outputs[table]?.write
    return write !== undefined && ['replace', 'view', 'merge'].includes(writeKind(write))
  })
  return overwritten ? 'never' : 'from-inputs'
}

const producerOf = (table: TableName, { nodes, producers }: Known): Node | undefined =>
  nodes.get(producers.get(table) ?? '')

/** Whether rows stay that are in no input any more. */
const gathers = (outputs: Readonly<Record<TableName, { readonly write: WriteMode }>>): boolean =>
  Object.values(outputs).some(({ write }) => ['append', 'merge', 'history'].includes(writeKind(write)))

/** Whether every input loses rows when its source is loaded again. One that keeps them is the one that brings them, and the others
 * are looked up; seeds stand in the project and come back with it. */
function allForget(inputs: Node['inputs'], known: Known): boolean {
  const loaded = inputs.filter(({ table }) => !isSeed(producerOf(table, known)))
  return loaded.length > 0 && loaded.every(({ table }) => forgets(table, known))
}

const isSeed = (node: Node | undefined): boolean =>
  node?.work.executor === 'connector' && node.work.connector === 'seed'

function forgets(table: TableName, known: Known): boolean {
  const node = producerOf(table, known)
  if (node === undefined) return false
  if (node.work.executor === 'connector') return node.outputs[table]?.write === 'replace'
  return !gathers(node.outputs) && allForget(node.inputs, known)
}

/** Versions begin when a run finds them. */
const isByRuns = (write: WriteMode): boolean =>
  typeof write === 'object' && 'history' in write && write.type === 2 && write.changedAt === undefined

/** A select that looks at other rows to tell which it takes (the newest, say) may have given more over the years than it gives of
 * all rows at once. */
const takesSome = ({ body }: NodeDraft): boolean => 'takesSome' in body && body.takesSome

function withFingerprints(
  outputs: Readonly<Record<TableName, NodeDraftOutput>>,
  made: Made,
): Readonly<Record<TableName, Output>> {
  const out: Record<TableName, Output> = {}
  for (const [name, spec] of Object.entries(outputs) as [TableName, NodeDraftOutput][]) {
    const fingerprint = made.get(name)
    if (fingerprint !== undefined) out[name] = { ...spec, fingerprint }
  }
  return out
}
