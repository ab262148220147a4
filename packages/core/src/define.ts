import type { Check, Contract } from './checks/check.ts'
import type { Columns, RowOf, Tables } from './columns.ts'
import type {
  EnvironmentConfig,
  ModelDefinition,
  ReadMode,
  SourceDefinition,
  TableSpec,
  Trigger,
} from './definitions.ts'
import type { Cancel, Dict, Instant, Json, Scalar, Secret, TableName } from './words.ts'

/** A table that the project's generated file knows, or any name before that file was made. */
export type KnownTable = keyof Tables extends never ? TableName : Extract<keyof Tables, TableName>

/** A row of a table, typed by the generated file. */
export type RowFor<T> = T extends keyof Tables
  ? Tables[T] extends Columns
    ? RowOf<Tables[T]>
    : Dict<unknown>
  : Dict<unknown>

type Rows<R> = Iterable<R> | AsyncIterable<R>

interface Shared {
  readonly note?: string
  readonly owner?: string
  readonly tags?: readonly string[]
  readonly when?: Trigger
  readonly retry?: { readonly times: number; readonly wait: string }
}

/** What `defineProject` was given. */
export interface ProjectConfig {
  readonly name: string
  readonly environments: Dict<EnvironmentConfig>
}

export type DefinedProject = ProjectConfig & { readonly defines: 'project' }

/** The project: its name and the places it lives in. The default export of `millrace.config.ts`.
 *
 * ```ts
 * import { defineProject } from 'millrace'
 * const shop = defineProject({ name: 'shop', environments: { dev: {}, prod: { protected: true } } })
 * shop.environments['prod']?.protected //=> true
 * ```
 */
export function defineProject(config: ProjectConfig): DefinedProject {
  return { ...config, defines: 'project' }
}

/** A value of the process environment, looked up only where work is done: plans and caches never hold it.
 *
 * ```ts
 * import { defineSource, env } from 'millrace'
 * const things = defineSource({
 *   name: 'things',
 *   connector: 'files',
 *   config: { path: [env('THINGS'), 'landing/more/*.csv'] },
 *   tables: { 'bronze.things': { write: 'append', columns: { id: { type: 'int64' } } } },
 * })
 * things.defines //=> 'source'
 * ```
 */
export function env(name: string): Secret {
  return { secret: name }
}

/** What a model in TypeScript works with. */
export interface ModelContext<Reads extends TableName = TableName> {
  /** The rows of an input, narrowed to the interval where the model reads it so. */
  readonly rows: <T extends Reads>(table: T) => AsyncIterable<RowFor<T>>
  /** The interval to fill; null where the model writes no intervals. */
  readonly interval: { readonly from: Instant; readonly to: Instant } | null
  readonly params: Dict<Scalar>
  readonly cancel: Cancel
}

export interface ModelConfig<C extends Columns, Reads extends KnownTable>
  extends
    Shared,
    Pick<TableSpec, 'write' | 'partition' | 'sort' | 'compression' | 'keep' | 'checks' | 'contract'>,
    Pick<ModelDefinition, 'start' | 'grain' | 'lookback' | 'forwardOnly' | 'tests'> {
  /** Absent: from the file's path, and the export's name where a file holds several. */
  readonly name?: TableName
  readonly reads: readonly Reads[] | { readonly [T in Reads]?: ReadMode }
  readonly columns: C
  /** Gives the table's rows. */
  readonly run: (context: ModelContext<Reads>) => Rows<RowOf<C>> | Promise<Rows<RowOf<C>>>
}

export type DefinedModel<C extends Columns = Columns, Reads extends KnownTable = KnownTable> = ModelConfig<C, Reads> & {
  readonly defines: 'model'
}

/** A table computed in TypeScript, where SQL cannot say it.
 *
 * ```ts
 * import { defineModel } from 'millrace'
 * const letters = defineModel({
 *   reads: [],
 *   write: 'replace',
 *   columns: { letter: { type: 'string', required: true } },
 *   *run() {
 *     yield { letter: 'a' }
 *   },
 * })
 * letters.defines //=> 'model'
 * ```
 */
export function defineModel<const C extends Columns, const Reads extends KnownTable>(
  config: ModelConfig<C, Reads>,
): DefinedModel<C, Reads> {
  return { ...config, defines: 'model' }
}

/** What a source in TypeScript is told. */
export interface SourceContext {
  /** The last position that was published; null the first time. */
  readonly after: string | null
  readonly cancel: Cancel
}

/** A row, many rows as one Arrow IPC stream, or how far the rows before it got: the next run begins after the last position. */
export type SourceRecord<C extends Columns> =
  | { readonly row: RowOf<C> }
  | { readonly arrow: Uint8Array }
  | { readonly position: string }

/** Rows fetched by a function of the project. */
export interface CodeSourceConfig<C extends Columns>
  extends Shared, Partial<Pick<TableSpec, 'write' | 'partition' | 'sort'>> {
  readonly name?: TableName
  readonly columns: C
  readonly checks?: readonly Check[]
  readonly contract?: Contract
  readonly maxRejects?: number
  readonly read: (context: SourceContext) => Rows<SourceRecord<C>>
}

/** Rows fetched by a connector. */
export interface ConnectorSourceConfig extends Shared, Pick<SourceDefinition, 'tables' | 'maxRejects'> {
  readonly name?: string
  readonly connector: string
  readonly config?: Dict<Json | Secret>
}

export type DefinedSource<C extends Columns = Columns> = (CodeSourceConfig<C> | ConnectorSourceConfig) & {
  readonly defines: 'source'
}

/** Tables that come from outside: through a connector, or through a function that yields rows and positions.
 *
 * ```ts
 * import { defineSource } from 'millrace'
 * const clicks = defineSource({
 *   columns: { id: { type: 'int64', required: true } },
 *   async *read({ after }) {
 *     yield { row: { id: BigInt(after ?? 0) + 1n } }
 *     yield { position: '1' }
 *   },
 * })
 * clicks.defines //=> 'source'
 * ```
 */
export function defineSource<const C extends Columns>(config: CodeSourceConfig<C>): DefinedSource<C>
export function defineSource(config: ConnectorSourceConfig): DefinedSource
export function defineSource(config: CodeSourceConfig<Columns> | ConnectorSourceConfig): DefinedSource {
  return { ...config, defines: 'source' }
}

/** What a check in TypeScript finds: rows that break the promise, or nothing. */
export interface CheckConfig<T extends KnownTable = KnownTable> {
  readonly name: string
  readonly table: T
  readonly on?: 'block' | 'warn' | 'quarantine'
  readonly run: (rows: AsyncIterable<RowFor<T>>) => Rows<RowFor<T>> | Promise<Rows<RowFor<T>>>
}

export type DefinedCheck<T extends KnownTable = KnownTable> = CheckConfig<T> & { readonly defines: 'check' }

/** A promise that SQL cannot express; it gives the rows that break it.
 *
 * ```ts
 * import { defineCheck } from 'millrace'
 * const known = defineCheck({ name: 'known', table: 'silver.orders', run: () => [] })
 * known.defines //=> 'check'
 * ```
 */
export function defineCheck<T extends KnownTable>(config: CheckConfig<T>): DefinedCheck<T> {
  return { ...config, defines: 'check' }
}

export type Defined = DefinedProject | DefinedModel | DefinedSource | DefinedCheck
