import type { TableName } from '@millrace/core'
import { openQueries, pinsAt, rollback, withLeases } from '@millrace/runtime'
import { type Input, text, texts } from '../command.ts'
import { advised } from '../terminal/advice.ts'
import { plural } from '../terminal/format.ts'
import { firstArgument } from './table-argument.ts'

export async function run(input: Input): Promise<number> {
  const to = firstArgument(input, advised('the id of a publication; `millrace table NAME` lists them'))
  const queries = await openQueries({ dir: text(input, 'project'), environment: text(input, 'env') })
  try {
    const { lakehouse } = queries
    const shown = [...(await pinsAt(lakehouse, undefined)).values()]
    const tables = shown.flatMap((ref) => (ref.foreign === true ? [] : [ref.table]))
    const done = await withLeases(lakehouse, 'rollback', tables, (leases) =>
      rollback(lakehouse, to, texts(input, 'table') as TableName[], leases),
    )
    if (input.json) process.stdout.write(`${JSON.stringify(done, null, 2)}\n`)
    else if (done === null) process.stderr.write(`${lakehouse.environment} already shows what it showed then.\n`)
    else {
      process.stderr.write(
        `${plural(done.moves.length, 'table')} rolled back as ${done.id.slice(0, 8)}: ${done.moves.map((move) => move.table).join(', ')}\n`,
      )
      const before = done.parent
      if (before !== null) process.stderr.write(advised(`To undo this: millrace rollback ${before.slice(0, 8)}\n`))
    }
    return 0
  } finally {
    await queries.close()
  }
}
