import type { Environment } from '@millrace/core'
import { type ListedTable, listTables, openQueries } from '@millrace/runtime'
import { type Input, text } from '../command.ts'
import { advised } from '../terminal/advice.ts'
import { bytes, count } from '../terminal/format.ts'
import { grid } from '../terminal/grid.ts'
import { screen } from '../terminal/screen.ts'

export async function run(input: Input): Promise<number> {
  const queries = await openQueries({ dir: text(input, 'project'), environment: text(input, 'env'), reads: true })
  try {
    const { lakehouse } = queries
    const environment = await lakehouse.catalog.environment(lakehouse.environment)
    const tables = (await listTables(lakehouse)).map((one) => plain(one, environment))
    if (input.json) process.stdout.write(`${JSON.stringify(tables, null, 2)}\n`)
    else if (tables.length === 0)
      process.stderr.write(advised(`No tables in ${lakehouse.environment} yet: \`millrace run\` makes them.\n`))
    else show(tables)
    return 0
  } finally {
    await queries.close()
  }
}

type Plain = ReturnType<typeof plain>

function plain({ ref, state }: ListedTable, environment: Environment | null) {
  const stored = ref.format === 'view' ? null : state
  return {
    table: ref.table,
    format: ref.format,
    rows: stored?.rows ?? null,
    bytes: stored?.bytes ?? null,
    files: state?.files ?? null,
    at: state === null || state.at === 0 ? null : new Date(state.at).toISOString(),
    own: environment?.overlay[ref.table] !== undefined,
    foreign: ref.foreign === true,
    readable: state !== null,
  }
}

function show(tables: readonly Plain[]): void {
  const rows = tables.map((one) => [
    one.table,
    one.format,
    one.rows === null ? '' : count(one.rows),
    one.bytes === null ? '' : bytes(one.bytes),
    one.format === 'view' || one.files === null ? '' : String(one.files),
    one.at === null ? '' : `${one.at.slice(0, 16).replace('T', ' ')}Z`,
    whose(one),
  ])
  process.stdout.write(
    `${grid(['table', 'format', 'rows', 'size', 'files', 'published', ''], rows, screen(process.stdout), { right: new Set([2, 3, 4]) })}\n`,
  )
}

function whose({ foreign, readable, own }: Plain): string {
  if (foreign) return readable ? 'by another program' : 'by another program, not readable'
  return own ? '' : 'from base'
}
