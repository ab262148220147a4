import type { Check } from './checks/check.ts'
import type { DataType, Value } from './types/data-type.ts'
import type { Dict } from './words.ts'

export interface ColumnSpec<T extends DataType = DataType> {
  readonly type: T
  readonly required?: boolean
  /** The name before a rename: it keeps its field id. Without it a rename reads as a drop and an add. */
  readonly was?: string
  readonly checks?: readonly Check[]
  readonly note?: string
  /** Inherited downstream through column lineage; masks and erasure hang on it. */
  readonly privacy?: 'personal' | 'secret'
}

export type Columns = Dict<ColumnSpec>

/** What files may still call a column: its name before a rename, in lower case, unless another column has that name now. */
export function formerNames(columns: Columns): ReadonlyMap<string, string> {
  const names = new Set(Object.keys(columns).map((name) => name.toLowerCase()))
  return new Map(
    Object.entries(columns).flatMap(([name, { was }]) =>
      was === undefined || names.has(was.toLowerCase()) ? [] : [[was.toLowerCase(), name] as const],
    ),
  )
}

export type RowOf<C extends Columns> = {
  readonly [K in keyof C]: C[K]['required'] extends true ? Value<C[K]['type']> : Value<C[K]['type']> | null
}

/** Filled by the one generated file of a project (`millrace.gen.d.ts`); makes every TypeScript definition typed. */
// eslint-disable-next-line typescript/no-empty-interface
export interface Tables {}

/** A piece of rows on its way between processes: one Arrow IPC stream. */
export interface Batch {
  readonly columns: Columns
  readonly rows: number
  readonly arrow: Uint8Array
}
