import { tablesChecked } from '../checks/tables-checked.ts'
import type { TableName } from '../words.ts'
import { writeKind, type WriteMode } from '../write-mode.ts'
import type { NodeDraft, NodeDraftOutput } from './draft.ts'
import type { Made } from './fingerprints.ts'
import type { Node, Output } from './graph.ts'
import { forgetsBringing, forgottenBy, keyOf, type Known, someForgets, someOverwrites, tellsOf } from './tells.ts'

/** What is around a node when it is finished. */
export interface Around extends Known {
  readonly fingerprints: Made
}

/** A draft with what follows from the nodes around it. */
export function nodeOf(full: NodeDraft, { fingerprints, nodes, producers }: Around): Node {
  const { body: _, sources: __, ...draft } = full
  const outputs = withFingerprints(full, fingerprints, { nodes, producers })
  const checkInputs = Object.entries(outputs).flatMap(([table, output]) =>
    tablesChecked(output, producers.keys()).filter((one) => one !== table),
  )
  return { ...draft, outputs, checkInputs, replay: replayOf(full, { nodes, producers }) }
}

/** What a table gathered cannot be made again where its inputs do not tell all of it (any more), nor history where it is the runs
 * that said when. */
function replayOf(draft: NodeDraft, known: Known): Node['replay'] {
  if (draft.work.executor === 'connector') return 'from-inputs'
  const outputs = Object.values(draft.outputs)
  const histories = outputs.filter(({ write }) => writeKind(write) === 'history')
  if (histories.length > 0) {
    const isTold = !histories.some(({ write }) => isByRuns(write)) && !takesSome(draft)
    return isTold && !someOverwrites(draft.inputs, known) ? 'from-inputs' : 'never'
  }
  return outputs.some(({ write }) => gathersMore(draft, write, known)) ? 'never' : 'pure'
}

/** Whether rows may stay that its inputs do not give any more. */
function gathersMore(draft: NodeDraft, write: WriteMode, known: Known): boolean {
  const kind = writeKind(write)
  if (kind !== 'append' && kind !== 'merge') return false
  if (!('takesSome' in draft.body)) return someForgets(draft.inputs, known)
  const key = keyOf(write)
  // Of a batch the newest may be taken, or some: only what the inputs lose is lost.
  if (key === null) return forgetsBringing(draft, known)
  return forgottenBy(draft, known).some((name) => key.has(name.toLowerCase()))
}

/** Versions begin when a run finds them. */
const isByRuns = (write: WriteMode): boolean =>
  typeof write === 'object' && 'history' in write && write.type === 2 && write.changedAt === undefined

/** A select that looks at other rows to tell which it takes (the newest, say) may have given more over the years than it gives of
 * all rows at once. */
const takesSome = ({ body }: NodeDraft): boolean => 'takesSome' in body && body.takesSome

function withFingerprints(draft: NodeDraft, made: Made, known: Known): Readonly<Record<TableName, Output>> {
  const out: Record<TableName, Output> = {}
  for (const [name, spec] of Object.entries(draft.outputs) as [TableName, NodeDraftOutput][]) {
    const fingerprint = made.get(name)
    if (fingerprint !== undefined) out[name] = { ...spec, fingerprint, tells: tellsOf(draft, spec, known) }
  }
  return out
}
