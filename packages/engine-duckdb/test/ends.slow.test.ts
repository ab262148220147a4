import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunId } from '@millrace/core'
import { childrenOf } from '@millrace/testkit/processes'
import { type Bench, failure, never, openBench, query, sinkOf } from './bench-session.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

let outputs = 0
const out = (): string => join(bench.folder, `out-${++outputs}`)

/** The worker processes of this test. */
const workers = (): readonly number[] => childrenOf(process.pid, 'worker.ts')

describe('ends', () => {
  test('a cancel ends a query that never would, and the session goes on', async () => {
    const cancel = new AbortController()
    const endless = bench
      .rows({ sql: 'select 1' })
      .then(() =>
        bench.session.write(
          query('select sum(a.range * b.range)::bigint i from range(10000000) a, range(10000000) b'),
          sinkOf(out(), { i: { type: 'int64' } }),
          cancel.signal,
        ),
      )
    setTimeout(() => cancel.abort(), 200)
    await expect(endless).rejects.toThrow('aborted')
    expect(await bench.rows({ sql: 'select 2 as two' })).toEqual([{ two: 2 }])
  })

  test('a worker that is killed fails its statement with a code; the next one runs', async () => {
    const sink = sinkOf(out(), { i: { type: 'int64' } })
    const lost = failure(
      bench.session.write(
        query('select a.range i from range(10000000) a, range(1000) b'),
        { ...sink, targetBytes: 100_000 },
        never,
      ),
    )
    while (!existsSync(sink.prefix) || readdirSync(sink.prefix).length === 0) await sleep(10)
    for (const pid of workers()) process.kill(pid, 'SIGKILL')
    expect(await lost).toMatchObject([{ code: 'engine/worker-lost', params: { how: 'signal SIGKILL' } }])
    expect(readdirSync(sink.prefix)).toEqual([])
    expect(await bench.rows({ sql: 'select 3 as three' })).toEqual([{ three: 3 }])
  })

  test('too little memory is said with its limit', async () => {
    const small = await openBench(64 * 2 ** 20)
    try {
      const sql = `select list(md5(i::text)) l from range(5000000) t(i)`
      expect(await failure(small.rows({ sql }))).toMatchObject([
        { code: 'engine/out-of-memory', params: { limitBytes: 64 * 2 ** 20 } },
      ])
    } finally {
      await small.close()
    }
  })

  test('what does not fit in memory lies in the folder of its own session, whichever worker had it before', async () => {
    const small = await openBench(64 * 2 ** 20)
    try {
      // Sorting them takes more than the memory.
      const large = 'select md5(i::text) as hash from range(1000000) t(i) order by hash'
      const sessions = [
        ['first', 'select 1', 1, false],
        ['moved', large, 1_000_000, true],
        ['made anew', large, 1_000_000, true],
      ] as const
      for (const [name, sql, count, spills] of sessions) {
        const spill = join(small.folder, name)
        const scope = { run: 'test' as RunId, memoryBytes: 64 * 2 ** 20, threads: 2, spill }
        const session = await small.engine.open(scope)
        let rows = 0
        let spilled: boolean | null = null
        for await (const batch of session.read(query(sql), never)) {
          spilled ??= readdirSync(spill).length > 0
          rows += batch.rows
        }
        expect([name, rows, spilled]).toEqual([name, count, spills])
        await session.close()
      }
    } finally {
      await small.close()
    }
  })

  test.each(['Europe/Vienna', 'America/Lima'])('moments mean the same on a machine in %s', async (zone) => {
    const before = process.env['TZ']
    process.env['TZ'] = zone
    const there = await openBench()
    try {
      const sql = `select '2026-07-01 00:30:00'::timestamptz::varchar as read,
        timestamptz '2026-07-01 00:30:00Z'::date::varchar as day, hour(timestamptz '2026-07-01 00:30:00Z')::int as hour`
      expect(await there.rows({ sql })).toEqual([{ read: '2026-07-01 00:30:00+00', day: '2026-07-01', hour: 0 }])
    } finally {
      if (before === undefined) delete process.env['TZ']
      else process.env['TZ'] = before
      await there.close()
    }
  })

  test('a closed session says so, and a worker that is idle does not keep a program alive', async () => {
    const other = await openBench()
    await other.rows({ sql: 'select 1' })
    await other.session.close()
    expect(await failure(other.session.describe(query('select 1')))).toMatchObject([{ code: 'engine/closed' }])
    await other.close()
    const program = join(bench.folder, 'idle.ts')
    const index = new URL('../src/index.ts', import.meta.url).href
    writeFileSync(
      program,
      `import { duckdbEngine } from '${index}'
const session = await duckdbEngine({ workers: 1 }).open({ run: 'r', memoryBytes: 2 ** 27, threads: 1, spill: '${bench.folder}/s' })
console.log(JSON.stringify(await session.describe({ sql: 'select 1 as a', inputs: {}, params: {} })))`,
    )
    expect(execFileSync(process.execPath, [program], { encoding: 'utf8', timeout: 10_000 })).toBe(
      '{"a":{"type":"int32"}}\n',
    )
  })

  test('results are exported with every digit, never over a file', async () => {
    const path = join(bench.folder, 'export.parquet')
    const sql = `select sum(9007199254740993::bigint) as big, 'x,y' as b, [1::utinyint] as list`
    const done = await bench.session.export(query(sql), { path, format: 'parquet' }, never)
    expect(done).toEqual({ rows: 1, bytes: readFileSync(path).length })
    expect(await bench.session.describe(query(`from read_parquet('${path}')`))).toEqual({
      big: { type: 'decimal(38,0)' },
      b: { type: 'string' },
      list: { type: { list: 'int16' } },
    })
    expect(await bench.rows({ sql: `from read_parquet('${path}')` })).toEqual([
      { big: '9007199254740993', b: 'x,y', list: [1] },
    ])
    const again = bench.session.export(query(sql), { path, format: 'parquet' }, never)
    expect(await failure(again)).toMatchObject([{ code: 'files/exists' }])
  })
})
