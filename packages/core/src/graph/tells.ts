// What inputs still tell, which says whether a table can be made again. Two things may be lost:
// - a value of a column: a source is loaded anew without it, or a select takes other rows, and it stands in no row any more;
// - a row as it was: it has other values since, or is gone.
import type { SqlFacts } from '../ports/sql-reader.ts'
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
  if (!('takesSome' in draft.body)) return { forgets: someForgets(draft.inputs, known) ? all : [], overwrites: true }
  return { forgets: forgottenBy(draft, known), overwrites: draft.body.takesSome || someOverwrites(draft.inputs, known) }
}

/** Columns of a select of which a value may be in no row any more. */
export function forgottenBy(draft: NodeDraft, known: Known): readonly string[] {
  const { body, inputs } = draft
  if (!('takesSome' in body)) return []
  const all = Object.keys(body.needs.columns)
  if (forgetsBringing(draft, known)) return all
  const forgotten = forgottenPlaces(inputs, known)
  const unsteady = new Set(body.unsteady)
  if (forgotten.size === 0 && body.drops.length === 0 && unsteady.size === 0) return []
  const sources = placesOf(body)
  const staying = body.drops.map((columns) => new Set(columns.map((one) => one.toLowerCase())))
  const gone = Object.entries(body.needs.columns).flatMap(([name, places]) => {
    const from = places.map((at) => sources[at] ?? '')
    const isGone = from.some((one) => forgotten.has(one) || staying.some((stays) => !stays.has(one)))
    return unsteady.has(name) || isGone ? [name] : []
  })
  // A constant says nothing by itself.
  const saying = Object.values(body.needs.columns).filter((places) => places.length > 0)
  return gone.length === saying.length ? all : gone
}

/** Whether rows of a select go with those of an input that brings them or that they have to meet, or by what a filter reads there. */
export function forgetsBringing({ body, inputs }: Pick<NodeDraft, 'body' | 'inputs'>, known: Known): boolean {
  if (!('takesSome' in body)) return false
  const brought = body.broughtBy.length === 0 ? inputs.map(({ table }) => table) : body.broughtBy.flat()
  if (brought.some((table) => forgetsRows(table, known))) return true
  const bringing = new Set(brought.map((table) => table.toLowerCase()))
  const forgotten = forgottenPlaces(inputs, known)
  if (forgotten.size === 0) return false
  const sources = placesOf(body)
  const deciding = body.needs.rows.map((at) => sources[at] ?? '').filter((one) => forgotten.has(one))
  if (deciding.some((one) => bringing.has(tableOf(one)))) return true
  // What an outer join compares decides no rows.
  return (
    deciding.length > 0 &&
    body.lineage.some((edge) => 'by' in edge && edge.by === 'filter' && forgotten.has(edge.from.toLowerCase()))
  )
}

const tableOf = (place: string): string => place.split('.', 2).join('.')

const forgottenPlaces = (inputs: readonly Input[], known: Known): ReadonlySet<string> =>
  new Set(inputs.flatMap(({ table }) => forgetsOf(table, known).map((name) => placeOf(table, name))))

const placesOf = ({ uses }: SqlFacts): readonly string[] =>
  Object.entries(uses).flatMap(([table, columns]) => columns.map((name) => placeOf(table, name)))

const placeOf = (table: string, column: string): string => `${table}.${column}`.toLowerCase()

/** Whether rows may go with all that they say. */
function forgetsRows(table: TableName, known: Known): boolean {
  const output = producerOf(table, known)?.outputs[table]
  return output !== undefined && output.tells.forgets.length === Object.keys(output.columns).length
}

/** Code may give the rows of any input. */
export const someForgets = (inputs: readonly Input[], known: Known): boolean =>
  inputs.some(({ table }) => forgetsRows(table, known))

export const someOverwrites = (inputs: readonly Input[], known: Known): boolean =>
  inputs.some(({ table }) => producerOf(table, known)?.outputs[table]?.tells.overwrites === true)

const forgetsOf = (table: TableName, known: Known): readonly string[] =>
  producerOf(table, known)?.outputs[table]?.tells.forgets ?? []

const producerOf = (table: TableName, { nodes, producers }: Known): Node | undefined =>
  nodes.get(producers.get(table) ?? '')

/** What tells the rows apart of which only the last is kept. */
export function keyOf(write: WriteMode): ReadonlySet<string> | null {
  if (typeof write === 'string' || 'interval' in write) return null
  if ('history' in write && write.type === 2) return null
  return new Set(keyColumns('merge' in write ? write.merge : write.history).map((name) => name.toLowerCase()))
}
