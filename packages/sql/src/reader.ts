import { wordSet } from './text/words.ts'
import type { Columns, Dict, Issue, Scalar, SqlFacts, SqlModel, SqlReader, TableName } from '@millrace/core'
import { issue, withHistory } from '@millrace/core'
import { join } from 'node:path'
import type { Outline } from './ast/outline.ts'
import { type BoundFacts, nothingBound, type TableBounds } from './facts.ts'
import type { Finding } from './finding.ts'
import { rangesOf } from './ranges.ts'
import { assemble, brokenFacts } from './read/assemble.ts'
import { LineCache } from './line-cache.ts'
import { issueOf, withoutColumns } from './read/issues.ts'
import { bindKey, type InputShape, inputShape, outlineKey } from './read/keys.ts'
import { cyclesOf, layersOf } from './read/layers.ts'
import { resolve, TableNames } from './read/names.ts'
import { readerVersion } from './version.ts'
import { type BindTask, WorkerPool } from './worker-pool.ts'

export interface SqlReaderOptions {
  /** A folder for facts that outlive the process; without it every process reads anew. */
  readonly cacheDir?: string
  /** How long one text may take before the process that reads it is killed. */
  readonly deadlineMs?: number
  /** How many processes may read side by side. */
  readonly workers?: number
}

/** Facts of a query typed by hand, which may be ordered, limited and of this moment only. */
export interface QueryFacts extends SqlFacts {
  /** Output names as written; two may be alike. */
  readonly names: readonly string[]
}

/** The reader of a project, and of queries typed by hand. */
export interface DuckSqlReader extends SqlReader {
  query(sql: string, known: ReadonlyMap<TableName, Columns>, params?: Dict<Scalar>): Promise<QueryFacts>
}

/**
 * Opens DuckDB's own binder as the reader of SQL. No process is started until a text is met that is not in the cache.
 *
 * ```ts
 * import { openSqlReader } from '@millrace/sql'
 * const reader = openSqlReader()
 * const facts = await reader.query('select id from silver.orders', new Map([['silver.orders', { id: { type: 'int64' } }]]))
 * await reader.close()
 * facts.names //=> ['id']
 * ```
 */
export function openSqlReader(options: SqlReaderOptions = {}): DuckSqlReader {
  const pool = new WorkerPool(options.workers ?? 2, options.deadlineMs ?? 15_000)
  let cache: Promise<LineCache> | null = null
  const opened = (): Promise<LineCache> => (cache ??= LineCache.open(cachePath(options.cacheDir)))
  return {
    version: readerVersion,
    async read(models, known) {
      return new GraphReading(models, known, pool, await opened()).run()
    },
    async query(sql, known, params = {}) {
      return readQuery(sql, known, params, pool, await opened())
    },
    async close() {
      pool.close()
      await (await cache)?.flush()
    },
  }
}

const cachePath = (folder: string | undefined): string | null =>
  folder === undefined ? null : join(folder, `sql-${readerVersion.replaceAll(' ', '-')}.jsonl`)

/** A model on its way through the layers. */
interface Candidate {
  readonly name: TableName
  readonly model: SqlModel
  readonly outline: Outline
  readonly reads: readonly TableName[]
  readonly findings: readonly Finding[]
}

/** One reading of a whole graph. */
class GraphReading {
  readonly #models: readonly SqlModel[]
  readonly #pool: WorkerPool
  readonly #cache: LineCache
  readonly #names: TableNames
  readonly #columns: Map<TableName, Columns>
  readonly #shapes = new Map<TableName, InputShape>()
  readonly #facts = new Map<TableName, SqlFacts>()

  constructor(models: readonly SqlModel[], known: ReadonlyMap<TableName, Columns>, pool: WorkerPool, cache: LineCache) {
    this.#models = models
    this.#pool = pool
    this.#cache = cache
    this.#names = new TableNames([...known.keys(), ...models.map((one) => one.name)])
    this.#columns = new Map(known)
  }

  async run(): Promise<ReadonlyMap<TableName, SqlFacts>> {
    const outlines = await outlinesOf(
      this.#models.map((one) => one.sql),
      this.#pool,
      this.#cache,
    )
    const candidates = this.#models.map((model, i) => this.#candidate(model, outlines[i]))
    const { layers, left } = layersOf(candidates)
    for (const layer of layers) await this.#readLayer(layer)
    this.#refuseCycles(left)
    await this.#cache.flush()
    return new Map(this.#models.flatMap(({ name }) => entry(name, this.#facts.get(name))))
  }

  #candidate(model: SqlModel, outline: Outline | undefined): Candidate {
    if (outline === undefined) throw new Error('fewer outlines than texts')
    const { reads, findings } = resolve(outline.references, model.name, this.#names)
    const clash = this.#names.clashOf(model.name)
    const clashes: readonly Finding[] =
      clash === null ? [] : [{ code: 'sql/name-case', params: { name: model.name, other: clash }, at: 0 }]
    return { name: model.name, model, outline, reads, findings: [...clashes, ...findings, ...outline.findings] }
  }

  async #readLayer(layer: readonly Candidate[]): Promise<void> {
    const sound = layer.filter((one) => !this.#refused(one))
    const bound = await boundFacts(
      sound.map((one) => ({ sql: one.model.sql, reads: one.reads, params: one.outline.params })),
      (table) => this.#shape(table),
      this.#pool,
      this.#cache,
    )
    for (const [i, one] of sound.entries()) {
      const inputs = this.#inputsOf(one)
      const facts = bound[i] ?? nothingBound
      const findings = [...withoutColumns(one.findings, inputs), ...facts.findings]
      const made = assemble(one.model, one.reads, { ...facts, findings }, inputs)
      this.#facts.set(one.name, made)
      // A mistake that leaves the columns known does not keep the models below from being read.
      if (facts.columns.length === 0) continue
      const shown = stored(made.columns, one.model.declared)
      this.#columns.set(one.name, withHistory(one.model.write ?? 'replace', shown))
    }
  }

  /** Reports what cannot be bound at all. */
  #refused(one: Candidate): boolean {
    const broken = one.reads.filter((table) => !this.#columns.has(table))
    if (broken.length === 0 && one.findings.every((finding) => bindable.has(finding.code))) return false
    const inputs = this.#inputsOf(one)
    const issues: Issue[] = withoutColumns(one.findings, inputs).map((finding) => issueOf(finding, one.model, inputs))
    if (broken.length > 0 && issues.length === 0) issues.push(inputBroken(one.model, broken))
    this.#facts.set(one.name, brokenFacts(one.reads, issues))
    return true
  }

  #refuseCycles(left: readonly Candidate[]): void {
    const cycles = cyclesOf(left)
    for (const one of left) {
      const cycle = cycles.find(([first]) => first === one.name)
      const reference = one.outline.references.find(
        (ref) => `${ref.schema}.${ref.table}`.toLowerCase() === cycle?.[1]?.toLowerCase(),
      )
      const finding: Finding | null =
        cycle === undefined ? null : { code: 'sql/cycle', params: { path: cycle.join(' -> ') }, at: reference?.at ?? 0 }
      const others = one.reads.filter((table) => left.some((other) => other.name === table))
      const own = [...one.findings, ...(finding === null ? [] : [finding])].map((each) => issueOf(each, one.model, []))
      this.#facts.set(one.name, brokenFacts(one.reads, own.length > 0 ? own : [inputBroken(one.model, others)]))
    }
  }

  #inputsOf(one: Candidate): readonly Columns[] {
    return one.reads.map((table) => this.#columns.get(table) ?? {})
  }

  #shape(table: TableName): InputShape {
    const made = this.#shapes.get(table) ?? inputShape(table, this.#columns.get(table) ?? {})
    this.#shapes.set(table, made)
    return made
  }
}

/** What readers of a table see: the types that its header declares go before those of its query. */
function stored(columns: Columns, declared: SqlModel['declared'] = {}): Columns {
  const types = new Map(Object.entries(declared).map(([name, type]) => [name.toLowerCase(), type]))
  if (types.size === 0) return columns
  return Object.fromEntries(
    Object.entries(columns).map(([name, spec]) => [
      name,
      { ...spec, type: types.get(name.toLowerCase()) ?? spec.type },
    ]),
  )
}

const entry = (name: TableName, facts: SqlFacts | undefined): [TableName, SqlFacts][] =>
  facts === undefined ? [] : [[name, facts]]

const inputBroken = (model: SqlModel, inputs: readonly TableName[]): Issue =>
  issue(
    'sql/input-broken',
    { table: model.name, inputs: inputs.join(', ') },
    { at: { file: model.file, ...model.start, length: 1 } },
  )

async function outlinesOf(texts: readonly string[], pool: WorkerPool, cache: LineCache): Promise<readonly Outline[]> {
  const keys = texts.map(outlineKey)
  const missing = new Map(keys.flatMap((key, i) => (cache.get(key) === undefined ? [[key, texts[i] ?? '']] : [])))
  const made = await pool.outline([...missing.values()])
  for (const [i, key] of [...missing.keys()].entries()) keep(cache, key, made[i])
  return keys.map((key) => cache.get(key) as Outline)
}

async function boundFacts(
  texts: readonly { readonly sql: string; readonly reads: readonly TableName[]; readonly params: readonly string[] }[],
  shapeOf: (table: TableName) => InputShape,
  pool: WorkerPool,
  cache: LineCache,
): Promise<readonly BoundFacts[]> {
  const tasks = texts.map((one) => ({ ...one, shapes: one.reads.map(shapeOf) }))
  const keys = tasks.map((one) =>
    bindKey(
      one.sql,
      one.shapes.map((shape) => shape.signature),
    ),
  )
  const missing = new Map<string, BindTask>()
  for (const [i, key] of keys.entries()) {
    const task = tasks[i]
    if (task !== undefined && cache.get(key) === undefined)
      missing.set(key, { ...task, tables: task.shapes.map((shape) => shape.table) })
  }
  const made = await pool.bind([...missing.values()])
  for (const [i, key] of [...missing.keys()].entries()) keep(cache, key, made[i])
  return keys.map((key) => cache.get(key) as BoundFacts)
}

const transient: ReadonlySet<string> = new Set(['sql/deadline', 'sql/reader-lost'])

/** What a busy machine may have caused never reaches the disk: the next process tries again. */
function keep(cache: LineCache, key: string, value: Outline | BoundFacts | undefined): void {
  if (value === undefined) throw new Error('fewer results than texts')
  cache.put(key, value, { lasting: !value.findings.some((one) => transient.has(one.code)) })
}

/** Mistakes that leave a text whose columns can be told all the same. */
const bindable: ReadonlySet<string> = wordSet(
  'sql/row-order sql/unnamed-column sql/time-dependent sql/random sql/session-dependent',
)

/** What a table must not do but a look at data may. */
const fineInQueries: ReadonlySet<string> = wordSet(
  'sql/row-order sql/unnamed-column sql/duplicate-column sql/time-dependent sql/random sql/session-dependent',
)

async function readQuery(
  sql: string,
  known: ReadonlyMap<TableName, Columns>,
  params: Dict<Scalar>,
  pool: WorkerPool,
  cache: LineCache,
): Promise<QueryFacts> {
  const model: SqlModel = { name: 'query.query', sql, file: 'query', start: { line: 1, column: 1 } }
  const [outline] = await outlinesOf([sql], pool, cache)
  const { reads, findings } = resolve(outline?.references ?? [], null, new TableNames(known.keys()))
  const inputs = reads.map((table) => known.get(table) ?? {})
  const early = lenient(withoutColumns([...findings, ...(outline?.findings ?? [])], inputs))
  if (early.length > 0)
    return {
      ...brokenFacts(
        reads,
        early.map((one) => issueOf(one, model, inputs)),
      ),
      names: [],
    }
  const shapeOf = (table: TableName): InputShape => inputShape(table, known.get(table) ?? {})
  const [facts = nothingBound] = await boundFacts([{ sql, reads, params: outline?.params ?? [] }], shapeOf, pool, cache)
  await cache.flush()
  const bounds: readonly TableBounds[] = facts.bounds
  const assembled = assemble(model, reads, { ...facts, findings: lenient(facts.findings) }, inputs)
  return { ...assembled, ranges: rangesOf(bounds, params), names: facts.written ?? facts.columns.map(([name]) => name) }
}

const lenient = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter((one) => !fineInQueries.has(one.code))
