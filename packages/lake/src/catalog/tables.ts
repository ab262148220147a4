import type { Generated } from 'kysely'

/** The catalog's tables. The first two are the layout of Iceberg's own JDBC catalog: other programs read them. */
export interface CatalogTables {
  readonly iceberg_tables: IcebergTablesRow
  readonly iceberg_namespace_properties: NamespaceRow
  readonly environment: EnvironmentRow
  readonly generation: GenerationRow
  readonly publication: PublicationRow
  readonly overlay: OverlayRow
  readonly overlay_log: OverlayLogRow
  readonly table_state: TableStateRow
}

interface IcebergTablesRow {
  /** The environment. */
  catalog_name: string
  table_namespace: string
  table_name: string
  metadata_location: string | null
  previous_metadata_location: string | null
  iceberg_type: string | null
}

interface NamespaceRow {
  catalog_name: string
  namespace: string
  property_key: string
  property_value: string | null
}

export interface EnvironmentRow {
  name: string
  base: string | null
  /** A publication of the base, or null for its latest. */
  base_at: string | null
  head: string | null
}

/** Outlives the environment: a fork's uuid hashes it, and no uuid may get two histories. */
interface GenerationRow {
  environment: string
  number: number
}

export interface PublicationRow {
  /** The order of all publications of a catalog. */
  number: Generated<number>
  id: string
  environment: string
  parent: string | null
  at: number
  /** Never before that of an earlier publication, so that "as of" has one answer. */
  ordered_at: number
  run: string | null
  moves: string
  note: string | null
}

/** An environment's own tables as they are now; `ref` is null for a tombstone. */
interface OverlayRow {
  environment: string
  table_name: string
  ref: string | null
}

/** Every change of an overlay; `kind` tells a tombstone from a row that went away, where the base shows again. */
interface OverlayLogRow {
  publication: number
  environment: string
  table_name: string
  kind: 'own' | 'dropped' | 'gone'
  ref: string | null
}

interface TableStateRow {
  version: string
  state: string
}
