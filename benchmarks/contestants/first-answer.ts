// first-answer.ts KIND FOLDER: how long a process of this kind takes from being asked for to its first answer.
import { join } from 'node:path'
import type { RunId } from '@millrace/core'
import { duckdbEngine } from '@millrace/engine-duckdb'
import { loadProject } from '@millrace/project'
import { openSqlReader } from '@millrace/sql'

const [kind = '', folder = ''] = process.argv.slice(2)
const sqlReader = openSqlReader({ workers: 1 })

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  engine: async () => {
    const engine = duckdbEngine({ memoryBytes: 2 ** 30, threads: 2, workers: 1 })
    const scope = { run: 'start' as RunId, memoryBytes: 2 ** 30, threads: 2, spill: join(folder, 'spill') }
    const session = await engine.open(scope)
    return await session.describe({ sql: 'select 1 as one', inputs: {}, params: {} })
  },
  reader: () => sqlReader.query('select 1 as one', new Map()),
  loader: () => loadProject(folder, { sqlReader, cacheDir: null }),
}

const started = performance.now()
await ways[kind]?.()
const seconds = (performance.now() - started) / 1000
process.stdout.write(`${JSON.stringify({ seconds })}\n`, () => process.exit(0))
