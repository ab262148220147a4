import { fail, type Graph, type Output, type Scan, type TableName, tablesChecked } from '@millrace/core'
import { type Pins, scansOf } from '../read/inputs.ts'
import type { Lakehouse } from '../workspace/lakehouse.ts'

type Checked = Pick<Output, 'columns' | 'checks'>

/** Scans of a table's own rows, where it has some, and of the other tables that its checks look at, all of which are there. */
export async function checkedTables(
  lakehouse: Lakehouse,
  graph: Graph,
  pins: Pins,
  table: TableName,
  output: Checked,
): Promise<Readonly<Record<string, Scan>>> {
  const others = namedTables(graph, pins, table, output).filter((one) => one !== table)
  return await scansOf(lakehouse, pins, [table, ...others])
}

/** Scans of the tables that checks look at: the table's own rows are only read where a check names them, for they may be damaged. */
export async function tablesBeside(
  lakehouse: Lakehouse,
  graph: Graph,
  pins: Pins,
  table: TableName,
  output: Checked,
): Promise<Readonly<Record<string, Scan>>> {
  return await scansOf(lakehouse, pins, namedTables(graph, pins, table, output))
}

function namedTables(graph: Graph, pins: Pins, table: TableName, output: Checked): readonly TableName[] {
  const named = tablesChecked(output, new Set([...graph.producers.keys(), ...pins.keys()]))
  const missing = named.filter((one) => one !== table && !pins.has(one))
  if (missing.length > 0) fail('run/check-needs', { table, needs: missing.join(', ') })
  return named
}
