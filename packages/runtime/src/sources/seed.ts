import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { firstRecord, headOf } from '@millrace/connectors'
import { fail, type Node, type RawScan } from '@millrace/core'
import { soleOutput } from '../execute/task.ts'
import { land } from './land.ts'
import type { SourceKind } from './sources.ts'

interface SeedConfig {
  readonly path: string
  readonly format: 'csv' | 'json'
  readonly content: string
}

const headBytes = 1 << 20

/** A small file of the project itself; its content's hash is its position. */
export const seedSource: SourceKind = {
  offer: async (lakehouse, node, tables) => {
    const config = configOf(node)
    const [table] = soleOutput(node)
    const landed = tables.get(table)?.progress.position['content']
    const { size } = await stat(join(lakehouse.paths.project, config.path)).catch(() => ({ size: 0 }))
    const waits = landed !== config.content
    return { pending: { items: waits ? 1 : 0, bytes: waits ? size : 0 }, position: { content: config.content } }
  },
  load: async (context) => {
    const config = configOf(context.node)
    const [table, output] = soleOutput(context.node)
    const path = join(context.lakehouse.paths.project, config.path)
    const { size } = await stat(path).catch(() => fail('engine/input-vanished', { path: config.path }))
    const head = (await headOf(path, headBytes, config.path)).toString('utf8').replace(/^\uFEFF/, '')
    const header = config.format === 'csv' ? firstRecord(head, ',', '"') : []
    const scan: RawScan = {
      via: 'raw',
      format: config.format,
      columns: output.columns,
      files: [{ path, bytes: size, header, label: config.path }],
      options: config.format === 'json' ? { layout: /^\s*\[/.test(head) ? 'array' : 'lines' } : {},
    }
    return await land(context, { table, output, scans: [scan], position: { content: config.content } })
  },
}

function configOf(node: Node): SeedConfig {
  return (node.work.executor === 'connector' ? node.work.config : {}) as unknown as SeedConfig
}
