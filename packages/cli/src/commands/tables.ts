import { openQueries, pinsAt, statesOf } from '@millrace/runtime'
import { type Input, text } from '../command.ts'
import { bytes, count } from '../terminal/format.ts'
import { grid } from '../terminal/grid.ts'
import { screen } from '../terminal/screen.ts'

export async function run(input: Input): Promise<number> {
  const queries = await openQueries({ dir: text(input, 'project'), environment: text(input, 'env') })
  try {
    const { lakehouse } = queries
    const environment = await lakehouse.catalog.environment(lakehouse.environment)
    const states = await statesOf(lakehouse, await pinsAt(lakehouse, undefined))
    const tables = [...states.values()]
      .toSorted((a, b) => (a.ref.table < b.ref.table ? -1 : 1))
      .map((state) => ({
        table: state.ref.table,
        format: state.ref.format,
        rows: state.ref.format === 'view' ? null : state.rows,
        bytes: state.ref.format === 'view' ? null : state.bytes,
        files: state.files,
        at: state.at === 0 ? null : new Date(state.at).toISOString(),
        own: environment?.overlay[state.ref.table] !== undefined,
      }))
    if (input.json) process.stdout.write(`${JSON.stringify(tables, null, 2)}\n`)
    else if (tables.length === 0)
      process.stderr.write(`No tables in ${lakehouse.environment} yet: \`millrace run\` makes them.\n`)
    else {
      const rows = tables.map((one) => [
        one.table,
        one.format,
        one.rows === null ? '' : count(one.rows),
        one.bytes === null ? '' : bytes(one.bytes),
        one.format === 'view' ? '' : String(one.files),
        one.at === null ? '' : `${one.at.slice(0, 16).replace('T', ' ')}Z`,
        one.own ? '' : 'from base',
      ])
      process.stdout.write(
        `${grid(['table', 'format', 'rows', 'size', 'files', 'published', ''], rows, screen(process.stdout), { right: new Set([2, 3, 4]) })}\n`,
      )
    }
    return 0
  } finally {
    await queries.close()
  }
}
