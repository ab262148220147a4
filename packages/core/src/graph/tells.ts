// What inputs still tell, which says whether a table can be made again. Two things may be lost:
// - a value of a column: a source is loaded anew without it, or a select takes other rows, and it stands in no row any more;
// - a row as it was: it has other values since, or is gone.
import type { TableName } from '../words.ts'
import { keyColumns, writeKind, type WriteMode } from '../write-mode.ts'
import type { NodeDraft, NodeDraftOutput } from './draft.ts'
import type { Input, Node, Tells } from './graph.ts'

/** A draft's inputs, as the graph knows them. */
export interface Known {
  readonly nodes: ReadonlyMap<string, Node>
  readonly producers: ReadonlyMap<TableName, string>
}

export const tellsOf = (draft: NodeDraft, output: NodeDraftOutput, known: Known): Tells => {
  const { write } = output
  const kind = writeKind(write)
  const all = Object.keys(output.columns)
  if (draft.work.executor === 'connector') {
    // Seeds stand in the project and come back with it.
    const isLoaded = kind === 'replace' && draft.work.connector !== 'seed'
    return { forgets: isLoaded ? all : [], overwrites: kind === 'replace' }
  }
  if (kind === 'append') return { forgets: [], overwrites: false }
  const key = keyOf(write)
  if (key !== null) return { forgets: all.filter((name) => !key.has(name.toLowerCase())), overwrites: true }
  if (kind === 'history') return { forgets: [], overwrites: false }
  if (!('takesSome' in draft.body)) return { forgets: everyForgets(draft.inputs, known) ? all : [], overwrites: true }
  return { forgets: forgottenBy(draft, known), overwrites: draft.body.takesSome || someOverwrites(draft.inputs, known) }
}

/** Columns of a select of which a value may be in no row any more. */
export function forgottenBy({ body, inputs }: NodeDraft, known: Known): readonly string[] {
  if (!('takesSome' in body)) return []
  const forgotten = new Set(inputs.flatMap(({ table }) => forgetsOf(table, known).map((name) => placeOf(table, name))))
  if (forgotten.size === 0 && body.drops.length === 0) return []
  const sources = Object.entries(body.uses).flatMap(([table, columns]) => columns.map((name) => placeOf(table, name)))
  const staying = body.drops.map((columns) => new Set(columns.map((one) => one.toLowerCase())))
  const isForgotten = ([, places]: readonly [string, readonly number[]]): boolean => {
    const from = places.map((at) => sources[at] ?? '')
    return from.some((one) => forgotten.has(one) || staying.some((stays) => !stays.has(one)))
  }
  const columns = Object.entries(body.needs.columns)
  // A constant says nothing by itself.
  const others = columns.filter(([, { length }]) => length > 0)
  const gone = others.filter(isForgotten)
  return (gone.length === others.length ? columns : gone).map(([name]) => name)
}

const placeOf = (table: string, column: string): string => `${table}.${column}`.toLowerCase()

/** Whether no input keeps all of its rows: one that does brings them, and the others are looked up. */
export function everyForgets(inputs: readonly Input[], known: Known): boolean {
  const loaded = inputs.filter(({ table }) => !isSeed(producerOf(table, known)))
  return loaded.length > 0 && loaded.every(({ table }) => forgetsRows(table, known))
}

/** Whether rows may go with all that they say. */
export function forgetsRows(table: TableName, known: Known): boolean {
  const output = producerOf(table, known)?.outputs[table]
  return output !== undefined && output.tells.forgets.length === Object.keys(output.columns).length
}

export const someOverwrites = (inputs: readonly Input[], known: Known): boolean =>
  inputs.some(({ table }) => producerOf(table, known)?.outputs[table]?.tells.overwrites === true)

const forgetsOf = (table: TableName, known: Known): readonly string[] =>
  producerOf(table, known)?.outputs[table]?.tells.forgets ?? []

const producerOf = (table: TableName, { nodes, producers }: Known): Node | undefined =>
  nodes.get(producers.get(table) ?? '')

const isSeed = (node: Node | undefined): boolean =>
  node?.work.executor === 'connector' && node.work.connector === 'seed'

/** What tells the rows apart of which only the last is kept. */
export function keyOf(write: WriteMode): ReadonlySet<string> | null {
  if (typeof write === 'string' || 'interval' in write) return null
  if ('history' in write && write.type === 2) return null
  return new Set(keyColumns('merge' in write ? write.merge : write.history).map((name) => name.toLowerCase()))
}
