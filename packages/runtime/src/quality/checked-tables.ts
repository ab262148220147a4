import { fail, type Graph, type Output, type Scan, type TableName, tablesChecked } from '@millrace/core'
import { type Pins, scansOf } from '../read/inputs.ts'
import type { Lakehouse } from '../workspace/lakehouse.ts'

/** Scans of a table's own rows, where it has some, and of the other tables that its checks look at, all of which are there. */
export async function checkedTables(
  lakehouse: Lakehouse,
  graph: Graph,
  pins: Pins,
  table: TableName,
  output: Pick<Output, 'columns' | 'checks'>,
): Promise<Readonly<Record<string, Scan>>> {
  const others = tablesChecked(output, new Set([...graph.producers.keys(), ...pins.keys()])).filter(
    (one) => one !== table,
  )
  const missing = others.filter((one) => !pins.has(one))
  if (missing.length > 0) fail('run/check-needs', { table, needs: missing.join(', ') })
  return await scansOf(lakehouse, pins, [table, ...others])
}
