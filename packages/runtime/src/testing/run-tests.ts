import {
  type BatchScan,
  type Columns,
  type DataType,
  fail,
  type Json,
  type ModelTest,
  nearest,
  type Node,
  parseInstant,
  printInstant,
  type Query,
  type Scan,
  type Session,
  type TableName,
} from '@millrace/core'
import { batchOf, rowsOf } from '@millrace/engine-duckdb'
import { soleOutput } from '../execute/task.ts'
import { plainRow } from '../quality/plain-row.ts'
import { readRows, type Row } from '../read/rows.ts'
import type { Workspace } from '../workspace/workspace.ts'
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
    for (const test of node.tests) out.push(await runTest(workspace, node, test, session))
  }
  return out
}

async function runTest(workspace: Workspace, node: Node, test: ModelTest, session: Session): Promise<TestResult> {
  const started = performance.now()
  const [table, { columns }] = soleOutput(node)
  try {
    const names = namesOf(table, columns, test)
    const wanted = cellsOf(columns, names, test.expect)
    const found = (await readRows(session, queryOf(workspace, node, test))).map((row) => pick(row, columns, names))
    const { missing, extra } = compareRows(found, wanted, { ordered: test.ordered === true })
    return {
      table,
      test: test.name,
      passed: missing.length + extra.length === 0,
      ms: performance.now() - started,
      missing,
      extra,
      problem: null,
    }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { table, test: test.name, passed: false, ms: performance.now() - started, missing: [], extra: [], problem }
  }
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

function queryOf(workspace: Workspace, node: Node, test: ModelTest): Query {
  const inputs: Record<string, Scan> = {}
  for (const { table } of node.inputs) {
    const columns = workspace.graph.nodes.get(workspace.graph.producers.get(table) ?? '')?.outputs[table]?.columns ?? {}
    const given = test.given[table] ?? []
    for (const row of given) for (const name of Object.keys(row)) known(table, columns, name)
    const rows = typedRows(columns, given)
    const scan: BatchScan = {
      via: 'batches',
      columns,
      batches: [batchOf(columns, rows).arrow],
    }
    inputs[table] = scan
  }
  const sql = node.work.executor === 'engine' ? node.work.sql : 'select 1'
  refuseMissing(node, test)
  const params = Object.fromEntries(
    Object.entries(test.params ?? {}).map(([name, value]) => [
      name,
      paramOf(typeof value === 'string' ? value : JSON.stringify(value)),
    ]),
  )
  return { sql, inputs, params }
}

/** The engine would say it of the parameters' names alone, in its own words. */
function refuseMissing({ id, work }: Node, test: ModelTest): void {
  const names = work.executor === 'engine' ? work.params.filter((name) => test.params?.[name] === undefined) : []
  if (names.length > 0) fail('model/test-params', { table: id as TableName, test: test.name, names })
}

function paramOf(text: string): string {
  const instant = parseInstant(text)
  return instant === null ? text : printInstant(instant)
}

type Cells = Readonly<Record<string, Json>>

/** Only the columns that the test names count; order only where it says so. */
function compareRows(
  found: readonly Cells[],
  wanted: readonly Cells[],
  { ordered }: { readonly ordered: boolean },
): Pick<TestResult, 'missing' | 'extra'> {
  if (ordered) {
    const same = JSON.stringify(found) === JSON.stringify(wanted)
    return same ? { missing: [], extra: [] } : { missing: wanted, extra: found }
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
function cellsOf(columns: Columns, names: readonly string[], rows: readonly Cells[]): readonly Cells[] {
  const named = Object.fromEntries(Object.entries(columns).filter(([name]) => names.includes(name)))
  if (names.length === 0) return rows.map(() => ({}))
  return rowsOf(batchOf(named, typedRows(named, rows))).map((row) => pick(row, columns, names))
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
