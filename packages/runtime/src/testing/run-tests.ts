import {
  type Batch,
  type BatchScan,
  type Columns,
  type DataType,
  fail,
  type Issue,
  type Json,
  MillraceError,
  type ModelTest,
  nearest,
  type Node,
  parseInstant,
  type Place,
  placeOf,
  printInstant,
  type Scan,
  type Session,
  type TableName,
} from '@millrace/core'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { batchOf, rowsOf, ValueError } from '@millrace/engine-duckdb'
import { soleOutput } from '../execute/task.ts'
import { plainRow } from '../quality/plain-row.ts'
import { never, type Row } from '../read/rows.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { type Given, testedRows } from './tested-rows.ts'
import { typedRows } from './typed-rows.ts'

export interface TestResult {
  readonly table: TableName
  readonly test: string
  readonly passed: boolean
  readonly ms: number
  /** What was expected and did not come, and what came and was not expected. */
  readonly missing: readonly Json[]
  readonly extra: readonly Json[]
  readonly problem: string | null
  /** The problem as data, with its place. */
  readonly issues: readonly Issue[]
}

/** Runs the unit tests of models on rows that the tests themselves give: no table is read. */
export async function runModelTests(
  workspace: Workspace,
  nodes: ReadonlySet<string>,
  session: Session,
): Promise<readonly TestResult[]> {
  const out: TestResult[] = []
  // The engine's start is no part of the first test's time.
  await session.describe({ sql: 'select 1 as ready', inputs: {}, params: {} })
  for (const node of workspace.graph.nodes.values()) {
    if (!nodes.has(node.id)) continue
    for (const test of node.tests) out.push(await resultOf(workspace, node, test, session))
  }
  return out
}

async function resultOf(workspace: Workspace, node: Node, test: ModelTest, session: Session): Promise<TestResult> {
  const started = performance.now()
  const [table] = soleOutput(node)
  const outcome = await runTest(workspace, node, test, session).catch(async (error: unknown) => ({
    missing: [],
    extra: [],
    problem: error instanceof Error ? error.message : String(error),
    issues: await placedIssues(workspace, node, test, error),
  }))
  const { missing, extra, problem } = outcome
  const passed = problem === null && missing.length + extra.length === 0
  return { table, test: test.name, passed, ms: performance.now() - started, ...outcome }
}

async function runTest(
  workspace: Workspace,
  node: Node,
  test: ModelTest,
  session: Session,
): Promise<Pick<TestResult, 'missing' | 'extra' | 'issues' | 'problem'>> {
  const { lakehouse, graph } = workspace
  const [table, { columns }] = soleOutput(node)
  const names = namesOf(table, columns, test)
  const wanted = cellsOf(table, columns, names, test.expect)
  const given = { inputs: inputsOf(workspace, node, test), params: paramsOf(node, test) }
  const rows = await testedRows({ lakehouse, graph, session, pins: new Map(), cancel: never }, node, given)
  const found = rows.map((row) => pick(row, columns, names))
  return { ...compareRows(found, wanted, { ordered: test.ordered === true }), problem: null, issues: [] }
}

/** An issue that knows no place of its own is one of the test. */
async function placedIssues(
  { lakehouse }: Workspace,
  node: Node,
  test: ModelTest,
  error: unknown,
): Promise<readonly Issue[]> {
  if (!(error instanceof MillraceError)) return []
  const file = join(lakehouse.paths.project, node.file)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return error.issues.map((one) => ({ ...one, at: one.at ?? placeIn(file, text, test, one) }))
}

/** What a test says wrongly stands behind its name; of what it does not say the name is enough. */
function placeIn(file: string, text: string | undefined, test: ModelTest, { code, params }: Issue): Place {
  const said = params['value'] ?? params['names'] ?? params['column']
  const [word]: readonly unknown[] = code.startsWith('model/') && code !== 'model/test-params' ? [said].flat() : []
  const bare = typeof word === 'string' ? word.replaceAll(/^"|"$/g, '') : undefined
  const place = bare === undefined ? undefined : placeOf(file, text, bare, test.name)
  // At the file's very start there is no test: the word is not there.
  return place === undefined || place.line === 1 ? placeOf(file, text, test.name) : place
}

/** What a test looks at; one that expects no rows is shown the whole of those that come. */
function namesOf(table: TableName, columns: Columns, { expect }: ModelTest): readonly string[] {
  if (expect.length === 0) return Object.keys(columns)
  return [...new Set(expect.flatMap((row) => Object.keys(row)).map((one) => known(table, columns, one)))]
}

/** A column as the table names it. A misspelled one would be missing everywhere, and so compare equal. */
function known(table: TableName, columns: Columns, name: string): string {
  const found = Object.keys(columns).find((one) => one.toLowerCase() === name.toLowerCase())
  const candidates = nearest(name, Object.keys(columns))
  return found ?? fail('model/unknown-column', { table, setting: 'tests', column: name }, { candidates })
}

function inputsOf(workspace: Workspace, node: Node, test: ModelTest): Given['inputs'] {
  const inputs: Record<string, Scan> = {}
  for (const { table } of node.inputs) {
    const columns = workspace.graph.nodes.get(workspace.graph.producers.get(table) ?? '')?.outputs[table]?.columns ?? {}
    const given = test.given[table] ?? []
    for (const row of given) for (const name of Object.keys(row)) known(table, columns, name)
    const scan: BatchScan = { via: 'batches', columns, batches: [batchIn(table, columns, given).arrow] }
    inputs[table] = scan
  }
  return inputs
}

function batchIn(table: TableName, columns: Columns, rows: readonly Cells[]): Batch {
  try {
    return batchOf(columns, typedRows(columns, rows))
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    const { column, value, problem } = error
    return fail('model/test-value', { table, column, value, problem })
  }
}

/** The engine would say what is wrong of the parameters' names alone, in its own words. */
function paramsOf({ id, work }: Node, test: ModelTest): Given['params'] {
  const table = id as TableName
  const used = work.executor === 'engine' ? work.params : []
  const given = test.params ?? {}
  const missing = used.filter((name) => given[name] === undefined)
  if (missing.length > 0) fail('model/test-params', { table, test: test.name, names: missing })
  const unused = Object.keys(given).filter((name) => !used.includes(name))
  if (unused.length > 0) fail('model/test-params-unused', { table, test: test.name, names: unused })
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, momentOf(value)]))
}

function momentOf(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const instant = parseInstant(text)
  return instant === null ? fail('model/bad-instant', { value: text }) : printInstant(instant)
}

type Cells = Readonly<Record<string, Json>>

/** Only the columns that the test names count; order only where it says so. */
function compareRows(
  found: readonly Cells[],
  wanted: readonly Cells[],
  { ordered }: { readonly ordered: boolean },
): Pick<TestResult, 'missing' | 'extra'> {
  if (ordered) {
    const differs = (row: Cells, other: Cells | undefined): boolean => JSON.stringify(row) !== JSON.stringify(other)
    return {
      missing: wanted.filter((row, at) => differs(row, found[at])),
      extra: found.filter((row, at) => differs(row, wanted[at])),
    }
  }
  const left = found.map((row) => JSON.stringify(row))
  const missing = wanted.filter((row) => {
    const at = left.indexOf(JSON.stringify(row))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
  return { missing, extra: left.map((row) => JSON.parse(row) as Json) }
}

/** Expected rows as values of the table's own types, so that one value has one text however the test writes it. */
function cellsOf(
  table: TableName,
  columns: Columns,
  names: readonly string[],
  rows: readonly Cells[],
): readonly Cells[] {
  const named = Object.fromEntries(Object.entries(columns).filter(([name]) => names.includes(name)))
  if (names.length === 0) return rows.map(() => ({}))
  return rowsOf(batchIn(table, named, rows)).map((row) => pick(row, columns, names))
}

function pick(row: Row, columns: Columns, names: readonly string[]): Cells {
  const given = new Map(Object.entries(plainRow(row)).map(([name, value]) => [name.toLowerCase(), value]))
  return Object.fromEntries(
    names.map((name) => [name, plainValue(given.get(name.toLowerCase()) ?? null, columns[name]?.type)]),
  )
}

/** Numbers of one value compare equal, whatever the scale they are computed with; a text is what it is. */
function plainValue(value: Json, type: DataType | undefined): Json {
  const decimal = typeof type === 'string' && type.startsWith('decimal') && typeof value === 'string'
  return decimal && value.includes('.') ? value.replace(/\.?0+$/, '') : value
}
