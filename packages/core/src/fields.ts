import type { PrimitiveType } from './types/data-type.ts'

/** A column with its field id: names may change, ids never do. Nested types carry ids too. */
export interface Field {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: FieldType
  /** What readers see where the format has no such type: `type: 'int32', as: 'int8'`. The file holds `type`. */
  readonly as?: PrimitiveType
  readonly note?: string
}

/** `list` holds its element (named "element"), `map` its key and value (named "key" and "value"). */
export type FieldType =
  | PrimitiveType
  | { readonly list: Field }
  | { readonly map: readonly [Field, Field] }
  | { readonly struct: readonly Field[] }

export type Transform =
  | 'identity'
  | 'year'
  | 'month'
  | 'day'
  | 'hour'
  | { readonly bucket: number }
  | { readonly truncate: number }

/** One part of a table's hidden partitioning; `source` is a field id, `id` from 1000 as Iceberg counts them. */
export interface PartitionField {
  readonly id: number
  readonly name: string
  readonly source: number
  readonly transform: Transform
}

export interface SortField {
  readonly source: number
  readonly descending: boolean
}

/** Everything an engine must know to write or read a table's files. */
export interface TableShape {
  readonly schemaId: number
  readonly fields: readonly Field[]
  readonly specId: number
  readonly partition: readonly PartitionField[]
  readonly sort: readonly SortField[]
  readonly compression: string
}
