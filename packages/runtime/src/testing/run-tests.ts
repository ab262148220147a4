import {
  type BatchScan,
  type Json,
  type ModelTest,
  type Node,
  parseInstant,
  printInstant,
  type Query,
  type Scan,
  type Session,
  type TableName,
} from '@millrace/core'
import { batchOf } from '@millrace/engine-duckdb'
import { soleOutput } from '../execute/task.ts'
import { plainRow } from '../quality/plain-row.ts'
import { readRows } from '../read/rows.ts'
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
  for (const node of workspace.graph.nodes.values()) {
    if (!nodes.has(node.id)) continue
    for (const test of node.tests) out.push(await runTest(workspace, node, test, session))
  }
  return out
}

async function runTest(workspace: Workspace, node: Node, test: ModelTest, session: Session): Promise<TestResult> {
  const started = performance.now()
  const [table] = soleOutput(node)
  try {
    const rows = (await readRows(session, queryOf(workspace, node, test))).map(plainRow)
    const { missing, extra } = compareRows(rows, test)
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

function queryOf(workspace: Workspace, node: Node, test: ModelTest): Query {
  const inputs: Record<string, Scan> = {}
  for (const { table } of node.inputs) {
    const columns = workspace.graph.nodes.get(workspace.graph.producers.get(table) ?? '')?.outputs[table]?.columns ?? {}
    const rows = typedRows(columns, test.given[table] ?? [])
    const scan: BatchScan = {
      via: 'batches',
      columns,
      batches: [batchOf(columns, rows).arrow],
    }
    inputs[table] = scan
  }
  const sql = node.work.executor === 'engine' ? node.work.sql : 'select 1'
  const params = Object.fromEntries(
    Object.entries(test.params ?? {}).map(([name, value]) => [
      name,
      paramOf(typeof value === 'string' ? value : JSON.stringify(value)),
    ]),
  )
  return { sql, inputs, params }
}

function paramOf(text: string): string {
  const instant = parseInstant(text)
  return instant === null ? text : printInstant(instant)
}

/** Only the columns that the test names count; order only where it says so. */
function compareRows(
  rows: readonly Readonly<Record<string, Json>>[],
  test: ModelTest,
): Pick<TestResult, 'missing' | 'extra'> {
  const names = [...new Set(test.expect.flatMap((row) => Object.keys(row)))]
  const found = rows.map((row) => pick(row, names))
  const wanted = test.expect.map((row) => pick(row, names))
  if (test.ordered === true) {
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

/** Numbers and texts of one value compare equal: a test writes 10.50 where a decimal column gives "10.50". */
function pick(row: Readonly<Record<string, Json>>, names: readonly string[]): Readonly<Record<string, Json>> {
  const given = new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]))
  return Object.fromEntries(names.map((name) => [name, plainValue(given.get(name.toLowerCase()) ?? null)]))
}

function plainValue(value: Json): Json {
  if (typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)))
    return String(Number(value))
  return value
}
