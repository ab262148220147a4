import { fail, type Graph, type Output, type Scan, type TableName, tablesChecked } from '@millrace/core'
import { type Pins, scansOf } from '../read/inputs.ts'
import type { Lakehouse } from '../workspace/lakehouse.ts'

/** Scans of the tables that checks name, all of which are there. The table's own rows are only read where a check names them, for
 * they may be damaged. */
export async function checkedTables(
  lakehouse: Lakehouse,
  graph: Graph,
  pins: Pins,
  table: TableName,
  output: Pick<Output, 'columns' | 'checks'>,
): Promise<Readonly<Record<string, Scan>>> {
  const named = tablesChecked(output, new Set([...graph.producers.keys(), ...pins.keys()]))
  const missing = named.filter((one) => one !== table && !pins.has(one))
  if (missing.length > 0) fail('run/check-needs', { table, needs: missing.join(', ') })
  return await scansOf(lakehouse, pins, named)
}
