import {
  type Columns,
  type Issue,
  issue,
  type KnownTables,
  type SqlFacts,
  type SqlModel,
  type TableName,
  withHistory,
  withTypes,
} from '@millrace/core'
import type { Outline } from '../ast/outline.ts'
import type { InputTable } from '../bind/tables.ts'
import { type BoundFacts, nothingBound } from '../facts.ts'
import type { Finding } from '../finding.ts'
import type { LineCache } from '../line-cache.ts'
import { wordSet } from '../text/words.ts'
import { assemble, brokenFacts } from './assemble.ts'
import { agrees, isPlain, TableFinder } from './glance.ts'
import { issueOf, withoutColumns } from './issues.ts'
import { inputTable, isUsable } from './keys.ts'
import { cyclesOf, ReadyModels } from './ready-models.ts'
import { type Binder, boundFacts, outlinesOf } from './lookup.ts'
import { resolve, TableNames } from './names.ts'

/** Models are bound in batches: one query for many, and small enough that no process waits long for another's. */
const mostTogether = 48

/** A model on its way to its facts. */
interface Candidate {
  readonly name: TableName
  readonly model: SqlModel
  /** Null where only its letters were looked at: then nothing is wrong with it, or its outline is asked for. */
  readonly outline: Outline | null
  readonly reads: readonly TableName[]
  readonly findings: readonly Finding[]
}

/** One reading of a whole graph. */
export class GraphReading {
  readonly #models: readonly SqlModel[]
  readonly #binder: Binder
  readonly #cache: LineCache
  readonly #names: TableNames
  readonly #finder: TableFinder
  readonly #known: KnownTables
  readonly #columns = new Map<TableName, Columns>()
  readonly #inputs = new Map<TableName, InputTable>()
  readonly #facts = new Map<TableName, SqlFacts>()

  constructor(models: readonly SqlModel[], known: KnownTables, binder: Binder, cache: LineCache) {
    this.#models = models
    this.#binder = binder
    this.#cache = cache
    this.#names = new TableNames([...known.keys(), ...models.map((one) => one.name)])
    this.#finder = new TableFinder(this.#names)
    this.#known = known
  }

  async run(): Promise<ReadonlyMap<TableName, SqlFacts>> {
    const left = await this.#readAll(await this.#candidates(this.#models.map((one) => this.#glance(one) ?? one)))
    // Names that are no tables where they stand may have made circles, and what disagreed is waited for.
    this.#refuseCycles(await this.#readAll(await this.#candidates(left.map((one) => one.model))))
    await this.#cache.flush()
    return new Map(this.#models.flatMap(({ name }) => entry(name, this.#facts.get(name))))
  }

  #glance(model: SqlModel): Candidate | null {
    if (!isPlain(model.sql) || this.#names.clashOf(model.name) !== null) return null
    const reads = this.#finder.tablesIn(model.sql)
    if (reads.includes(model.name)) return null
    return { name: model.name, model, outline: null, reads, findings: [] }
  }

  /** Outlines what is no candidate yet. */
  async #candidates(some: readonly (Candidate | SqlModel)[]): Promise<readonly Candidate[]> {
    const texts = some.flatMap((one) => ('model' in one ? [] : [one.sql]))
    const outlines = (await outlinesOf(texts, this.#binder, this.#cache)).values()
    return some.map((one) => ('model' in one ? one : this.#outlined(one, outlines.next().value)))
  }

  #outlined(model: SqlModel, outline: Outline | undefined): Candidate {
    if (outline === undefined) throw new Error('fewer outlines than texts')
    const { reads, findings } = resolve(outline.references, model.name, this.#names)
    const clash = this.#names.clashOf(model.name)
    const clashes: readonly Finding[] =
      clash === null ? [] : [{ code: 'sql/name-case', params: { name: model.name, other: clash }, at: 0 }]
    return { name: model.name, model, outline, reads, findings: [...clashes, ...findings, ...outline.findings] }
  }

  /** Reads models in the order of their inputs; what is left could not be read, for it waits for something that is left. */
  async #readAll(candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
    const ready = new ReadyModels(candidates, this.#binder.width)
    const left = await Promise.all(Array.from({ length: this.#binder.width }, () => this.#readInTurn(ready)))
    return [...left.flat(), ...ready.left]
  }

  async #readInTurn(ready: ReadyModels<Candidate>): Promise<readonly Candidate[]> {
    const left: Candidate[] = []
    for (;;) {
      const some = await ready.next(mostTogether)
      if (some.length === 0) return left
      await this.#readSome(some)
      const read = some.filter((one) => this.#facts.has(one.name))
      ready.done(read)
      if (read.length < some.length) left.push(...some.filter((one) => !read.includes(one)))
    }
  }

  async #readSome(some: readonly Candidate[]): Promise<void> {
    const sound = some.filter((one) =>
      one.outline === null ? this.#brokenInputs(one).length === 0 : !this.#refused(one),
    )
    const bound = await boundFacts(
      sound.map((one) => ({ sql: one.model.sql, reads: one.reads, params: one.outline?.params ?? [] })),
      (table) => this.#input(table),
      this.#binder,
      this.#cache,
    )
    for (const [i, one] of sound.entries()) {
      const facts = bound[i] ?? nothingBound
      if (one.outline !== null || agrees(one.reads, facts)) this.#understood(one, facts)
    }
    await this.#readDoubtful(some.filter((one) => one.outline === null && !this.#facts.has(one.name)))
  }

  /** Where the letters of a text told too little, its outline tells: unless that reads what was not read yet. */
  async #readDoubtful(some: readonly Candidate[]): Promise<void> {
    if (some.length === 0) return
    const outlined = await this.#candidates(some.map((one) => one.model))
    await this.#readSome(outlined.filter((one) => this.#brokenInputs(one).length === 0))
  }

  #understood(one: Candidate, facts: BoundFacts): void {
    const inputs = this.#inputsOf(one)
    const findings = [...withoutColumns(one.findings, inputs), ...facts.findings]
    const made = assemble(one.model, one.reads, { ...facts, findings }, inputs)
    this.#facts.set(one.name, made)
    // A mistake that leaves the columns known does not keep the models below from being read.
    if (facts.columns.length === 0) return
    // What readers of a table see: the types that its header declares go before those of its query.
    const declared = Object.entries(one.model.declared ?? {}).map(([name, type]) => [name, { type }] as const)
    const shown = withTypes(made.columns, Object.fromEntries(declared))
    this.#columns.set(one.name, withHistory(one.model.write ?? 'replace', shown))
  }

  #brokenInputs(one: Candidate): readonly TableName[] {
    return one.reads.filter((table) => !isUsable(this.#columnsOf(table)))
  }

  /** Reports what cannot be bound at all. */
  #refused(one: Candidate): boolean {
    const broken = this.#brokenInputs(one)
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
      const reference = one.outline?.references.find(
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
    return one.reads.map((table) => this.#columnsOf(table) ?? {})
  }

  #columnsOf(table: TableName): Columns | undefined {
    return this.#columns.get(table) ?? this.#known.get(table)
  }

  #input(table: TableName): InputTable {
    const made = this.#inputs.get(table) ?? inputTable(table, this.#columnsOf(table) ?? {})
    this.#inputs.set(table, made)
    return made
  }
}

const entry = (name: TableName, facts: SqlFacts | undefined): [TableName, SqlFacts][] =>
  facts === undefined ? [] : [[name, facts]]

const inputBroken = (model: SqlModel, inputs: readonly TableName[]): Issue =>
  issue(
    'sql/input-broken',
    { table: model.name, inputs: inputs.join(', ') },
    { at: { file: model.file, ...model.start, length: 1 } },
  )

/** Mistakes that leave a text whose columns can be told all the same. */
const bindable: ReadonlySet<string> = wordSet(
  'sql/row-order sql/unnamed-column sql/time-dependent sql/random sql/session-dependent',
)
