import { join } from 'node:path'
import { fail, type Node, type Output, type TableName } from '@millrace/core'
import { arrivals, type FilesConfig, filesConfig, listFiles, planFiles } from '@millrace/connectors'
import { knownColumns } from '../execute/known-columns.ts'
import { soleOutput, type TaskContext } from '../execute/task.ts'
import type { Lakehouse } from '../workspace/lakehouse.ts'
import { land } from './land.ts'
import type { SourceKind } from './sources.ts'

/** Files that arrive in a folder, each landed exactly once. */
export const filesSource: SourceKind = {
  offer: async (lakehouse, node, tables) => {
    const [table, output] = soleOutput(node)
    const config = configOf(node, output)
    const before = tables.get(table)?.progress.position ?? {}
    const { fresh, position, gone } = await arrivals(lakehouse.paths.project, config.path, before, config.changed)
    return { pending: { items: fresh.length, bytes: fresh.reduce((sum, one) => sum + one.bytes, 0) }, position, gone }
  },
  load: async (context) => {
    const [table, output] = soleOutput(context.node)
    const state = context.states.get(table)
    const config = configOf(context.node, output)
    const columns = knownColumns(output, state)
    const landed = state?.progress.position ?? {}
    const rebuilds = context.decision.action === 'rebuild'
    // What replaces shows the files that are there: those that are gone leave with the next landing anyway.
    if (rebuilds && output.write !== 'replace') await refuseLoss(context, table, config.path, Object.keys(landed))
    // What replaces is all files that are there, however many runs they took to arrive; one that may not change is refused.
    const replaces = rebuilds || output.write === 'replace'
    if (!rebuilds && replaces) await arrivals(root(context.lakehouse), config.path, landed, config.changed)
    const position = replaces ? {} : landed
    const plan = await planFiles({
      config,
      root: root(context.lakehouse),
      columns,
      position,
      describe: (scan) =>
        context.session.describe({ sql: 'select * from arrived.file', inputs: { 'arrived.file': scan }, params: {} }),
      temp: temp(context),
    })
    try {
      const evolved: Output = { ...output, columns: { ...columns, ...plan.added } }
      const scans = plan.scan === null ? [] : [plan.scan]
      return await land(context, { table, output: evolved, scans, position: plan.position })
    } finally {
      await plan.release()
    }
  },
}

/** Rows of a landed file that is gone cannot be landed again. */
async function refuseLoss(
  context: TaskContext,
  table: TableName,
  path: readonly string[],
  landed: readonly string[],
): Promise<void> {
  const there = new Set((await listFiles(root(context.lakehouse), path)).map(({ key }) => key))
  const gone = landed.filter((key) => !there.has(key))
  if (gone.length > 0)
    fail('run/landed-gone', { table, files: gone.slice(0, 5).join(', '), count: gone.length, replaces: false })
}

const root = (lakehouse: Lakehouse): string => lakehouse.paths.project
const temp = (context: TaskContext): string => join(context.lakehouse.paths.temp, context.run)

function configOf(node: Node, { write }: Output): FilesConfig {
  const config = filesConfig(node.work.executor === 'connector' ? node.work.config : {}, node.id)
  if (config.changed === 'reload' && write !== 'replace')
    fail('files/bad-option', {
      option: `${node.id}: changed`,
      value: '"reload"',
      expected: '"refuse", because only `write: replace` can take out the rows that a file had before',
    })
  return config
}
