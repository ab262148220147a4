// Sessions that are open together share what the engine was given.
import type { RunId, Session } from '@millrace/core'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { duckdbEngine, rowsOf } from '../src/index.ts'
import { never, query } from './bench-session.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-shares-'))
const engine = duckdbEngine({ memoryBytes: 800 * 2 ** 20, threads: 8, workers: 2 })
afterAll(async () => {
  await engine.close()
  rmSync(folder, { recursive: true })
})

const open = (i: number): Promise<Session> =>
  engine.open({ run: 'r' as RunId, memoryBytes: 400 * 2 ** 20, threads: 8, spill: join(folder, String(i)) })

async function limitsOf(session: Session): Promise<readonly unknown[]> {
  const asked = query("select current_setting('threads')::int as threads, current_setting('memory_limit') as memory")
  for await (const batch of session.read(asked, never)) {
    const [row] = rowsOf(batch)
    return [row?.['threads'], row?.['memory']]
  }
  throw new Error('no row')
}

test('threads and memory are divided among the sessions that are open, statement by statement', async () => {
  const first = await open(0)
  expect(await limitsOf(first)).toEqual([8, '400.0 MiB'])
  const others = await Promise.all([1, 2, 3].map(open))
  for (const session of [first, ...others]) expect(await limitsOf(session)).toEqual([4, '200.0 MiB'])
  for (const session of others) await session.close()
  expect(await limitsOf(first)).toEqual([8, '400.0 MiB'])
  await first.close()
})

test('a read that is left early leaves its session whole, whenever that is', async () => {
  const session = await open(0)
  const rows = query('select * from range(30000) as a(i)')
  for (let i = 0; i < 150; i++) {
    for await (const _ of session.read(rows, never)) break
    expect(await limitsOf(session)).toEqual([8, '400.0 MiB'])
  }
  await session.close()
})
