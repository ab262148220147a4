import type {
  ColumnSpec,
  Definition,
  Dict,
  Issue,
  ModelDefinition,
  Origin,
  SourceDefinition,
  TableName,
  TableSpec,
} from '@millrace/core'

/** A column of which the type may still have to come from the query. */
export type DraftColumn = Omit<ColumnSpec, 'type'> & Partial<Pick<ColumnSpec, 'type'>>

export type DraftSpec = Omit<TableSpec, 'columns'> & { readonly columns?: Dict<DraftColumn> }

type DraftOf<D extends Definition> = Omit<D, 'tables'> & { readonly tables: Readonly<Record<TableName, DraftSpec>> }

/** A definition before its SQL has been read. */
export type DraftDefinition = DraftOf<ModelDefinition> | DraftOf<SourceDefinition>

/** What one file gave. */
export interface Found {
  readonly file: string
  readonly origin: Origin
  readonly definitions: readonly DraftDefinition[]
  readonly issues: readonly Issue[]
}
