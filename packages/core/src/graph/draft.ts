import { placeInCheck } from '../checks/check-place.ts'
import { planChecks } from '../checks/plan-checks.ts'
import type { ColumnSpec, Columns } from '../columns.ts'
import type {
  Definition,
  ModelDefinition,
  Origin,
  ReadMode,
  SourceDefinition,
  SqlBody,
  TableSpec,
  TsBody,
} from '../definitions.ts'
import { type Issue, issue, type Place } from '../errors/issue.ts'
import { placeOf } from '../errors/place.ts'
import type { SqlFacts } from '../ports/sql-reader.ts'
import { parseDuration } from '../time/duration.ts'
import { parseInstant } from '../time/grain.ts'
import type { Dict, TableName } from '../words.ts'
import { writeKind } from '../write-mode.ts'
import { checkNamedInputs, checkSettings } from './check-settings.ts'
import type { Input, Node, Work } from './graph.ts'
import { withHistory, withTypes } from './history.ts'
import { nearest } from './nearest.ts'
import { columnsOfRule, namedColumns } from './outputs.ts'
import type { CodeBody } from './fingerprints.ts'

export type FactsByTable = ReadonlyMap<string, SqlFacts>

/** A node before its fingerprint is known. */
export interface NodeDraft extends Omit<Node, 'outputs' | 'replay' | 'checkInputs'> {
  readonly outputs: Readonly<Record<TableName, NodeDraftOutput>>
  readonly body: SqlFacts | CodeBody
  /** What was written, for telling a new text from a new reader. */
  readonly sources: string
}

export type NodeDraftOutput = TableSpec & { readonly columns: Columns }

/** Where a word of a definition stands in its file. */
export const at = (origin: Origin | undefined, word: string): Place => placeOf(origin?.file ?? '', origin?.text, word)

/** What a definition says, in the words of nodes; null where its SQL could not be read. */
export function draftOf(
  definition: Definition,
  origin: Origin | undefined,
  facts: FactsByTable,
  issues: Issue[],
): NodeDraft | null {
  if (definition.kind === 'source') return sourceDraft(definition, origin, issues)
  return 'sql' in definition.body
    ? sqlDraft(definition, definition.body, origin, facts.get(definition.name), issues)
    : codeDraft(definition, definition.body, origin, issues)
}

function common(
  definition: Definition,
  origin: Origin | undefined,
): Pick<NodeDraft, 'id' | 'file' | 'trigger' | 'retry' | 'tags'> {
  const { retry } = definition
  return {
    id: definition.name,
    file: origin?.file ?? definition.name,
    trigger: definition.when ?? { manual: true },
    retry: { times: retry?.times ?? 2, waitMs: retry === undefined ? 1000 : (parseDuration(retry.wait) ?? 1000) },
    tags: definition.tags ?? [],
  }
}

function sourceDraft(definition: SourceDefinition, origin: Origin | undefined, issues: Issue[]): NodeDraft {
  const outputs: Record<TableName, NodeDraftOutput> = {}
  for (const [name, spec] of Object.entries(definition.tables) as [TableName, TableSpec][]) {
    if (spec.columns === undefined)
      issues.push(issue('model/columns-needed', { table: name }, { at: at(origin, name) }))
    outputs[name] = { ...spec, columns: spec.columns ?? {} }
    const write = writeKind(spec.write)
    if (write !== 'append' && write !== 'replace')
      issues.push(issue('model/source-write', { table: name, write }, { at: at(origin, 'write') }))
    checkNames(name, outputs[name], origin, issues)
  }
  const config = JSON.parse(JSON.stringify(definition.config)) as Dict<string>
  // A seed's content is data: an edited seed is landed anew, and is no new definition of what reads it.
  const sources = JSON.stringify([definition.connector, { ...config, content: null }, definition.maxRejects ?? null])
  return {
    ...common(definition, origin),
    outputs,
    inputs: [],
    work: { executor: 'connector', connector: definition.connector, config, maxRejects: definition.maxRejects ?? null },
    forwardOnly: true,
    tests: [],
    body: { hash: sources },
    sources,
  }
}

function sqlDraft(
  definition: ModelDefinition,
  body: SqlBody,
  origin: Origin | undefined,
  facts: SqlFacts | undefined,
  issues: Issue[],
): NodeDraft | null {
  if (facts === undefined || facts.issues.length > 0) {
    issues.push(...(facts?.issues ?? []))
    return null
  }
  const [name, spec] = Object.entries(definition.tables)[0] as [TableName, TableSpec]
  const output = {
    ...spec,
    columns: declared(
      name,
      withHistory(spec.write, withTypes(facts.columns, spec.columns)),
      spec.columns,
      origin,
      issues,
    ),
  }
  checkNames(name, output, origin, issues)
  checkParameters(name, spec, facts, origin, issues)
  const inputs = facts.reads.map((table) => inputOf(table, definition, facts))
  issues.push(
    ...checkNamedInputs(definition, facts.reads, origin),
    ...checkAppended([name, spec], facts, inputs, { sql: body.sql, origin }),
  )
  const work: Work = { executor: 'engine', sql: body.sql, params: facts.params }
  return {
    ...modelDraft(definition, origin),
    ...intervalsOf(definition, facts, origin, issues),
    outputs: { [name]: output },
    inputs,
    work,
    body: facts,
    sources: body.sql,
  }
}

function codeDraft(definition: ModelDefinition, body: TsBody, origin: Origin | undefined, issues: Issue[]): NodeDraft {
  const outputs: Record<TableName, NodeDraftOutput> = {}
  for (const [name, spec] of Object.entries(definition.tables) as [TableName, TableSpec][]) {
    if (spec.columns === undefined)
      issues.push(issue('model/columns-needed', { table: name }, { at: at(origin, name) }))
    outputs[name] = { ...spec, columns: withHistory(spec.write, spec.columns ?? {}) }
    checkNames(name, outputs[name], origin, issues)
    if (writeKind(spec.write) === 'interval')
      issues.push(issue('model/code-interval', { table: name }, { at: at(origin, 'interval') }))
  }
  issues.push(...checkNamedInputs(definition, body.reads, origin))
  return {
    ...modelDraft(definition, origin),
    outputs,
    inputs: body.reads.map((table) => ({ table, mode: definition.reads?.[table] ?? 'all', columns: [] })),
    work: { executor: 'code', module: body.code.module, export: body.code.export },
    body: { hash: body.code.hash },
    sources: body.code.hash,
  }
}

function modelDraft(
  definition: ModelDefinition,
  origin: Origin | undefined,
): Pick<NodeDraft, 'id' | 'file' | 'trigger' | 'retry' | 'tags' | 'forwardOnly' | 'tests'> {
  return {
    ...common(definition, origin),
    forwardOnly: definition.forwardOnly ?? false,
    tests: definition.tests ?? [],
  }
}

function inputOf(table: TableName, definition: ModelDefinition, facts: SqlFacts): Input {
  const spec = Object.values(definition.tables)[0] as TableSpec
  const byWrite: ReadMode = writeKind(spec.write) === 'append' ? 'changes' : 'all'
  const mode = definition.reads?.[table] ?? (facts.windows[table] === undefined ? byWrite : 'interval')
  const window = facts.windows[table]
  return { table, mode, columns: facts.uses[table] ?? [], ...(window === undefined ? {} : { window }) }
}

/** New rows of one input that meet only the new rows of another miss the old ones, and no reading of an input finds those of its own. */
function checkAppended(
  [table, spec]: readonly [TableName, TableSpec],
  facts: SqlFacts,
  inputs: readonly Input[],
  { sql, origin }: { readonly sql: string; readonly origin: Origin | undefined },
): readonly Issue[] {
  if (writeKind(spec.write) !== 'append') return []
  const text = sql.toLowerCase()
  const news = new Set(inputs.flatMap((input) => (input.mode === 'changes' ? [input.table] : [])))
  const missing = facts.joins.filter((pair) => pair.every((one) => news.has(one)))
  // What a text begins with mostly brings its rows, and what comes behind is looked up.
  const inText = [...news].toSorted((a, b) => text.indexOf(a.toLowerCase()) - text.indexOf(b.toLowerCase()))
  const place = { at: at(origin, 'append') }
  const twice = missing.flatMap(([a, b]) => (a === b ? [a] : []))
  if (twice.length > 0) return [issue('model/append-joins-itself', { table, inputs: twice }, place)]
  if (missing.length > 0) return [issue('model/append-reads', { table, ...lookedUp(inText, missing) }, place)]
  const again = news.size === 0 ? [] : broughtWithout(news, facts)
  const [first] = again
  if (first === undefined) return []
  return [issue('model/append-all-again', { table, inputs: again, news: [...news] }, { at: at(origin, first) })]
}

/** Inputs that bring rows where nothing is new. Where none is read for what is new, all of it is meant. */
function broughtWithout(news: ReadonlySet<TableName>, { broughtBy }: SqlFacts): readonly TableName[] {
  return [...new Set(broughtBy.filter((inputs) => !inputs.some((one) => news.has(one))).flat())]
}

/** Of each pair one input is to be looked up whole; the others bring what is new. */
function lookedUp(
  news: readonly TableName[],
  pairs: SqlFacts['joins'],
): { readonly inputs: readonly TableName[]; readonly whole: readonly TableName[] } {
  const inputs = news.filter((one) => pairs.flat().includes(one))
  const whole = new Set<TableName>()
  for (const [i, one] of inputs.entries()) {
    const before = inputs.slice(0, i).filter((other) => !whole.has(other))
    if (pairs.some((pair) => pair.includes(one) && before.some((other) => pair.includes(other)))) whole.add(one)
  }
  return { inputs, whole: [...whole] }
}

function intervalsOf(
  definition: ModelDefinition,
  facts: SqlFacts,
  origin: Origin | undefined,
  issues: Issue[],
): Pick<NodeDraft, 'intervals'> {
  const start = definition.start === undefined ? null : parseInstant(definition.start)
  if (definition.start !== undefined && start === null) {
    issues.push(issue('model/bad-instant', { value: definition.start }, { at: at(origin, definition.start) }))
  }
  if (!facts.params.includes('from')) return {}
  return { intervals: { grain: definition.grain ?? 'day', start, lookback: definition.lookback ?? 0 } }
}

/** Declared columns are enforced: their types win, and each must be there. */
function declared(
  table: TableName,
  found: Columns,
  said: Columns | undefined,
  origin: Origin | undefined,
  issues: Issue[],
): Columns {
  if (said === undefined) return found
  const out: Record<string, ColumnSpec> = { ...found }
  let byName: ReadonlyMap<string, string> | undefined
  const written = (name: string): string | undefined => {
    if (Object.hasOwn(found, name)) return name
    byName ??= new Map(Object.keys(found).map((one) => [one.toLowerCase(), one]))
    return byName.get(name.toLowerCase())
  }
  for (const [name, spec] of Object.entries(said)) {
    const own = written(name)
    if (own === undefined) {
      issues.push(unknownColumn(table, 'columns', name, Object.keys(found), origin))
      continue
    }
    out[own] = { ...(out[own] as ColumnSpec), ...spec }
  }
  return out
}

function checkNames(table: TableName, spec: NodeDraftOutput, origin: Origin | undefined, issues: Issue[]): void {
  const known = new Set(Object.keys(spec.columns).map((name) => name.toLowerCase()))
  if (known.size === 0) return
  for (const column of ['', '__proto__'])
    if (known.has(column)) {
      const word = column === '' ? 'columns' : column
      issues.push(issue('model/column-name', { table, column }, { at: at(origin, word) }))
    }
  issues.push(...swappedNames(table, spec.columns, origin))
  for (const { setting, column } of namedColumns(spec)) {
    if (!known.has(column.toLowerCase())) {
      issues.push(unknownColumn(table, setting, column, Object.keys(spec.columns), origin))
    }
  }
  for (const check of planChecks(spec)) {
    for (const [column, keys] of columnsOfRule(check.rule)) {
      if (known.has(column.toLowerCase())) continue
      const more = {
        at: placeInCheck(origin, check, column, ...keys),
        candidates: nearest(column, Object.keys(spec.columns)),
      }
      issues.push(issue('model/unknown-column', { table, setting: 'checks', column }, more))
    }
  }
  issues.push(...checkSettings(table, spec, origin))
}

/** Two columns that take each other's names: files with old names and with new ones could not be told apart. */
function swappedNames(table: TableName, columns: Columns, origin: Origin | undefined): readonly Issue[] {
  const wasOf = new Map(Object.entries(columns).map(([name, { was }]) => [name.toLowerCase(), was?.toLowerCase()]))
  return Object.entries(columns).flatMap(([name, { was }]) => {
    const own = name.toLowerCase()
    if (was === undefined || own >= was.toLowerCase() || wasOf.get(was.toLowerCase()) !== own) return []
    return [issue('model/names-swapped', { table, column: name, was }, { at: at(origin, name) })]
  })
}

function unknownColumn(
  table: TableName,
  setting: string,
  column: string,
  known: readonly string[],
  origin: Origin | undefined,
): Issue {
  return issue(
    'model/unknown-column',
    { table, setting, column },
    { at: placeOf(origin?.file ?? table, origin?.text, column, setting), candidates: nearest(column, known) },
  )
}

/** Only intervals give parameters, and they only make sense where a second run of one interval replaces the first. */
function checkParameters(
  table: TableName,
  spec: TableSpec,
  facts: SqlFacts,
  origin: Origin | undefined,
  issues: Issue[],
): void {
  for (const name of facts.params.filter((one) => one !== 'from' && one !== 'to')) {
    issues.push(issue('model/unknown-parameter', { table, name }, { at: at(origin, `$${name}`) }))
  }
  const kind = writeKind(spec.write)
  const bounded = facts.params.includes('from') && facts.params.includes('to')
  const half = facts.params.includes('from') !== facts.params.includes('to')
  const place = at(origin, half ? `$${facts.params.includes('from') ? 'from' : 'to'}` : 'interval')
  if (half || (kind === 'interval' && !bounded)) {
    issues.push(issue('model/interval-needs-bounds', { table }, { at: place }))
  } else if (bounded && !['interval', 'merge', 'history'].includes(kind)) {
    issues.push(issue('model/bounds-need-interval', { table, write: kind }, { at: at(origin, '$from') }))
  }
}
