import { tablesChecked } from '../checks/tables-checked.ts'
import type { TableName } from '../words.ts'
import { writeKind } from '../write-mode.ts'
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
  return { ...draft, outputs, checkInputs, replay: replayOf(draft, nodes, producers) }
}

/** History over an input that is overwritten cannot be made again from that input. */
function replayOf(
  draft: Pick<NodeDraft, 'outputs' | 'inputs' | 'work'>,
  nodes: ReadonlyMap<string, Node>,
  producers: ReadonlyMap<TableName, string>,
): Node['replay'] {
  if (draft.work.executor === 'connector') return 'from-inputs'
  const keepsHistory = Object.values(draft.outputs).some(({ write }) => writeKind(write) === 'history')
  if (!keepsHistory) return 'pure'
  const overwritten = draft.inputs.some(({ table }) => {
    const write = nodes.get(producers.get(table) ?? '')?.outputs[table]?.write
    return write !== undefined && ['replace', 'view', 'merge'].includes(writeKind(write))
  })
  return overwritten ? 'never' : 'from-inputs'
}

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
