// Runs beside other runs, readers, failures and signals.
import { type Issue, issue, MillraceError, type TableName } from '@millrace/core'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, utimesSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { childrenOf } from '@millrace/testkit/processes'
import { afterAll, describe, expect, test } from 'vitest'
import { Asker, type Ran, run, runIn, said, withWorkspace } from './support/bench.ts'
import { main } from '../../cli/test/command.ts'
import { command, killGroup, start, survivors } from './support/command.ts'
import { csvSource, type Files, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

afterAll(removeProjects)

const source = csvSource('raw.rows', { id: 'int64', amount: 'int64' })
let files = 0

function drop(root: string, ...lines: readonly string[]): void {
  writeFiles(root, {
    [`in/raw.rows/${String(++files).padStart(4, '0')}.csv`]: `${['id,amount', ...lines].join('\n')}\n`,
  })
}

/** A model whose process waits until a file appears, so that a test decides what happens meanwhile. */
const gated: Files = {
  'tables/t/gated.ts': `import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defineModel } from 'millrace'
const root = join(import.meta.dirname, '../..')
export const gated = defineModel({
  reads: ['raw.rows'], write: 'replace', columns: { id: { type: 'int64' }, amount: { type: 'int64' } },
  async *run({ rows }) {
    writeFileSync(join(root, 'waiting'), String(process.pid))
    while (!existsSync(join(root, 'go'))) await new Promise((resolve) => setTimeout(resolve, 10))
    for await (const row of rows('raw.rows')) yield row
  },
})\n`,
}

async function appears(path: string): Promise<string> {
  for (;;) {
    try {
      const text = readFileSync(path, 'utf8')
      if (text !== '') return text
    } catch {
      // Not yet.
    }
    await delay(10)
  }
}

const codes = (issues: readonly Issue[]): readonly string[] => issues.map((one) => one.code)
const published = (ran: Ran): readonly TableName[] => ran.publication?.moves.map((move) => move.table) ?? []

describe('two runs at once', () => {
  test('the second is refused, or waits; nothing is doubled, and readers see the old or the new', async () => {
    const root = makeProject({
      'tables/raw/rows.ts': source,
      ...gated,
      'tables/t/sum.sql': model('write: replace', 'select sum(amount)::int64 as total from t.gated'),
    })
    drop(root, '1,10')
    writeFiles(root, { go: '' })
    await run(root)
    const asker = await Asker.open(root)
    execFileSync('rm', [`${root}/go`, `${root}/waiting`])
    drop(root, '2,20')
    const first = start(['run', '--project', root])
    await appears(`${root}/waiting`)
    const second = await command(['run', '--project', root, '--json'])
    expect(second.code).toBe(1)
    expect(second.out).toContain('run/busy')
    const both = `select (select count(*) from raw.rows) as rows, (select count(*) from t.gated) as gated, total from t.sum`
    expect(await asker.rows(both)).toEqual([{ rows: 1, gated: 1, total: 10 }])
    const third = start(['run', '--project', root, '--wait'])
    const seen = new Set<string>()
    writeFiles(root, { go: '' })
    const ended = Promise.all([first.ended, third.ended])
    const ending = new AbortController()
    void ended.then(() => ending.abort())
    while (!ending.signal.aborted) seen.add(JSON.stringify((await asker.rows(both))[0]))
    expect((await ended).map((one) => one.code)).toEqual([0, 0])
    expect(await asker.rows(both)).toEqual([{ rows: 2, gated: 2, total: 30 }])
    const possible = new Set(['{"rows":1,"gated":1,"total":10}', '{"rows":2,"gated":2,"total":30}'])
    expect([...seen].filter((one) => !possible.has(one))).toEqual([])
    await asker.close()
  })

  test('a run that finds more to do under its leases takes those leases too', async () => {
    const root = makeProject({
      'tables/raw/rows.ts': source,
      'tables/t/kept.sql': model('write: append', 'from raw.rows'),
    })
    drop(root, '1,10')
    await withWorkspace(root, undefined, async (workspace) => {
      const { lakehouse } = workspace
      const asked: string[] = []
      const claim = lakehouse.state.claim.bind(lakehouse.state)
      lakehouse.state.claim = async (request, isAlive) => {
        asked.push(request.name)
        return await claim(request, isAlive)
      }
      await runIn(workspace)
      expect(new Set(asked)).toEqual(new Set(['dev/raw.rows', 'dev/t.kept']))
      asked.length = 0
      // A file arrives between the first look and the one under the leases.
      let looks = 0
      const catalog = lakehouse.catalog
      const resolve = catalog.resolve.bind(catalog)
      catalog.resolve = async (...given) => {
        if (++looks === 2) drop(root, '2,20')
        return await resolve(...given)
      }
      const ran = await runIn(workspace)
      expect(said(ran)).toEqual(['ok'])
      expect(asked).toEqual(['dev/raw.rows', 'dev/t.kept'])
      expect(published(ran)).toEqual(['raw.rows', 't.kept'])
    })
  })
})

describe('checks', () => {
  const tables: Files = {
    'tables/raw/rows.ts': source,
    'tables/t/good.sql': model('write: replace', 'select count(*) as n from raw.rows'),
    'tables/t/judged.sql': model('write: replace\ncolumns:\n  amount: { checks: [{ max: 50 }] }', 'from raw.rows'),
    'tables/t/after.sql': model('write: replace', 'select max(amount) as most from t.judged'),
  }

  test('a blocking check holds back its table and what hangs on it; the rest is published; the failed version can be read', async () => {
    const root = makeProject(tables)
    drop(root, '1,10')
    await run(root)
    drop(root, '2,99')
    const ran = await run(root)
    expect(ran.status).toBe('failed')
    expect(codes(ran.issues).toSorted()).toEqual(['run/check-failed', 'run/upstream-failed'])
    expect(published(ran).toSorted()).toEqual(['raw.rows', 't.good'])
    const asker = await Asker.open(root)
    expect(await asker.rows('select count(*) as n from t.judged')).toEqual([{ n: 1 }])
    expect(await asker.rows('from t.after')).toEqual([{ most: 10 }])
    expect(await asker.rows('from t.good')).toEqual([{ n: 2 }])
    expect(await asker.rows('select max(amount) as most from t.judged', `run:${ran.run}`)).toEqual([{ most: 99 }])
    // Nothing changed since, but the failed table is still to be done: the next run says so again.
    expect(codes((await run(root)).issues).toSorted()).toEqual(['run/check-failed', 'run/upstream-failed'])
    await asker.close()
  })

  test('with --atomic nothing is published', async () => {
    const root = makeProject(tables)
    drop(root, '1,10')
    await run(root)
    drop(root, '2,99')
    const ran = await run(root, { atomic: true })
    expect([ran.status, ran.publication]).toEqual(['failed', null])
    const asker = await Asker.open(root)
    expect(await asker.rows('select count(*) as n from raw.rows')).toEqual([{ n: 1 }])
    expect(await asker.rows('from t.good')).toEqual([{ n: 1 }])
    await asker.close()
  })

  test('too many rejects publish the rejects, once, and nothing else', async () => {
    const limited = csvSource('raw.rows', { id: 'int64', amount: 'int64' }, 'maxRejects: 1,')
    const root = makeProject({ 'tables/raw/rows.ts': limited })
    drop(root, '1,10', '2,x')
    expect(said(await run(root))).toEqual(['ok'])
    drop(root, '3,30', '4,y', '5,z')
    for (let again = 0; again < 2; again++) {
      const ran = await run(root)
      expect(said(ran)).toEqual(['failed', 'run/too-many-rejects'])
      expect(published(ran)).toEqual(again === 0 ? ['raw.rows__rejects'] : [])
    }
    const asker = await Asker.open(root)
    expect(await asker.rows('from raw.rows')).toEqual([{ id: 1, amount: 10 }])
    expect(await asker.rows('select raw from raw.rows__rejects order by raw')).toEqual([
      { raw: '2,x' },
      { raw: '4,y' },
      { raw: '5,z' },
    ])
    await asker.close()
  })
})

test('tasks that need nothing of each other work at the same time', async () => {
  const meets = (name: string, other: string): string => `import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineModel } from 'millrace'
const root = join(import.meta.dirname, '../..')
export default defineModel({
  reads: [], write: 'replace', columns: { met: { type: 'string' } },
  async *run() {
    writeFileSync(join(root, '${name}'), '')
    for (let tries = 0; !existsSync(join(root, '${other}')); tries++) {
      if (tries > 1000) throw new Error('${other} never came')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    yield { met: '${other}' }
  },
})\n`
  const root = makeProject({ 'tables/t/one.ts': meets('one', 'two'), 'tables/t/two.ts': meets('two', 'one') })
  const ran = await run(root)
  expect([said(ran), published(ran).toSorted()]).toEqual([['ok'], ['t.one', 't.two']])
})

test('a run keeps the states of all that it staged at once, so that the next plan opens no table', async () => {
  const root = makeProject({
    'tables/raw/rows.ts': source,
    'tables/t/sum.sql': model('write: replace', 'select sum(amount)::int64 as total from raw.rows'),
    'tables/t/seen.sql': model('write: view', 'select total from t.sum'),
  })
  drop(root, '1,10', '2,x')
  await withWorkspace(root, undefined, async (workspace) => {
    const { catalog } = workspace.lakehouse
    const writes: (readonly string[])[] = []
    const keepStates: typeof catalog.keepStates = async (states) => {
      writes.push(states.map(({ ref }) => ref.table).toSorted())
      await catalog.keepStates(states)
    }
    const watched = { ...workspace, lakehouse: { ...workspace.lakehouse, catalog: { ...catalog, keepStates } } }
    expect(said(await runIn(watched))).toEqual(['ok'])
    const tables = ['raw.rows', 'raw.rows__rejects', 't.sum']
    expect(writes.filter((one) => one.length > 0)).toEqual([tables])
    const refs = [...(await catalog.resolve('dev')).values()].filter(({ format }) => format !== 'view')
    const kept = await catalog.states(refs.map(({ version }) => version))
    expect([...kept.values()].map(({ ref }) => ref.table).toSorted()).toEqual(tables)
  })
})

test('each run keeps a log of its own: every line tells the run, and those of tasks the task; old ones go', async () => {
  const root = makeProject({
    'tables/raw/rows.ts': source,
    'tables/t/judged.sql': model('write: replace\ncolumns:\n  amount: { checks: [{ max: 50 }] }', 'from raw.rows'),
  })
  const logs = `${root}/.millrace/logs`
  writeFiles(root, { '.millrace/logs/run-old.jsonl': '{}\n' })
  const longAgo = new Date(Date.now() - 31 * 86_400_000)
  utimesSync(`${logs}/run-old.jsonl`, longAgo, longAgo)
  drop(root, '1,99')
  const ran = await run(root)
  expect(readdirSync(logs)).toEqual([`${ran.run}.jsonl`])
  const text = readFileSync(`${logs}/${ran.run}.jsonl`, 'utf8')
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(lines.map((one) => [one['run'], typeof one['time'], typeof one['msg']])).toEqual(
    lines.map(() => [ran.run, 'string', 'string']),
  )
  const ended = lines.filter((one) => one['msg'] === 'task.ended')
  expect(ended.map((one) => [one['task'], one['attempt'], one['status'], one['level']])).toEqual([
    ['raw_rows_files', 1, 'ok', 30],
    ['t.judged', 1, 'failed', 50],
  ])
  expect(lines.at(0)?.['msg']).toBe('run.started')
  expect(lines.at(-1)?.['msg']).toBe('run.ended')
})

describe('a task that fails', () => {
  const busy = issue('database/busy', { path: 'x', seconds: 1 })
  const taken = issue('lake/exists', { path: 'x' })
  const wrong = issue('engine/null-in-required', { column: 'id' })
  test.each([
    ['twice for a while: is tried again, each time later', [busy, busy], [1000, 2000], ['ok']],
    ['by a collision: is tried again at once', [taken, taken], [], ['ok']],
    ['for good: is not tried again', [wrong], [], ['failed', 'engine/null-in-required']],
    ['too often: ends with what it met', [busy, taken, busy], [1000], ['failed', 'database/busy']],
  ] as const)('%s', async (_, faults, waits, ended) => {
    const root = makeProject({ 'tables/raw/rows.ts': source })
    drop(root, '1,10')
    await withWorkspace(root, undefined, async (workspace) => {
      const { format, clock } = workspace.lakehouse
      const left: Issue[] = [...faults]
      const slept: number[] = []
      const stage: typeof format.stage = async (...given) => {
        const fault = left.shift()
        if (fault !== undefined) throw new MillraceError(fault)
        return await format.stage(...given)
      }
      const sleep: typeof clock.sleep = async (ms) => void slept.push(ms)
      const lakehouse = { ...workspace.lakehouse, format: { ...format, stage }, clock: { ...clock, sleep } }
      const tries: number[] = []
      const ran = await runIn(
        { ...workspace, lakehouse },
        {
          onEvent: (event) => {
            if (event.type === 'task.started') tries.push(event.attempt)
          },
        },
      )
      expect([said(ran), left.length]).toEqual([ended, 0])
      // Leases are renewed by the same clock.
      expect(slept.filter((ms) => ms === 1000 || ms === 2000)).toEqual(waits)
      expect(tries).toEqual([1, 2, 3].slice(0, faults.length + (ended[0] === 'ok' ? 1 : 0)))
    })
  })
})

describe('accidents', () => {
  const slow = model(
    'write: replace',
    'select count(*) as n from range(150000000) a, raw.rows where a.range % 7 <> amount',
  )

  /** The engine's processes that this process started. */
  const engines = (): readonly number[] => childrenOf(process.pid, 'engine-duckdb/src/worker.ts')

  test('a task whose engine is killed is tried again and ends well', async () => {
    const root = makeProject({ 'tables/raw/rows.ts': source, 'tables/t/slow.sql': slow })
    drop(root, '1,3')
    let killed = 0
    const retried: string[] = []
    const ran = await run(root, {
      onEvent: (event) => {
        if (event.type === 'task.started' && event.task === 't.slow' && event.attempt === 1) {
          setTimeout(() => {
            for (const pid of engines()) process.kill(pid, 'SIGKILL')
            killed += 1
          }, 500)
        }
        if (event.type === 'task.ended' && event.status === 'retry') retried.push(...codes(event.issues))
      },
    })
    expect(said(ran)).toEqual(['ok'])
    expect([killed, retried]).toEqual([1, ['engine/worker-lost']])
    const asker = await Asker.open(root)
    expect(await asker.rows('from t.slow')).toEqual([{ n: 128_571_429 }])
    await asker.close()
  })

  test('Ctrl-C ends the run with 130 and publishes nothing', async () => {
    const root = makeProject({ 'tables/raw/rows.ts': source, ...gated })
    drop(root, '1,10')
    const started = start(['run', '--project', root])
    await appears(`${root}/waiting`)
    killGroup(started.group, 'SIGINT')
    const { code, err } = await started.ended
    expect(code, err).toBe(130)
    expect(err).toContain('interrupted')
    expect(err).not.toContain('run/code-exited')
    expect(await survivors(started.group)).toEqual([])
    const asker = await Asker.open(root)
    expect(await asker.lakehouse.catalog.log('dev')).toEqual([])
    expect(await asker.lakehouse.state.leases(asker.lakehouse.clock.now(), () => true)).toEqual([])
    await asker.close()
  })

  test('a command that starts while a run publishes does not settle it for the run', async () => {
    const root = makeProject({ 'tables/raw/rows.ts': source })
    drop(root, '1,10')
    const intents = (): readonly unknown[] => {
      const state = new DatabaseSync(`${root}/.millrace/state.db`)
      const rows = state.prepare('select status from intent').all()
      state.close()
      return rows.map((row) => row['status'])
    }
    const seen: unknown[] = []
    const ran = await run(root, {
      onEvent: ({ type }) => {
        if (type !== 'publish.intended') return
        execFileSync(process.execPath, [main, 'plan', '--project', root])
        seen.push(...intents())
      },
    })
    expect([said(ran), seen, intents()]).toEqual([['ok'], ['open'], ['done']])
  })

  test('a function of the project does not outlive a killed run', async () => {
    const root = makeProject({ 'tables/raw/rows.ts': source, ...gated })
    drop(root, '1,10')
    const started = start(['run', '--project', root])
    await appears(`${root}/waiting`)
    started.child.kill('SIGKILL')
    await started.ended
    expect(await survivors(started.group)).toEqual([])
  })

  test('a lost lease publishes nothing', async () => {
    const root = makeProject({ 'tables/raw/rows.ts': source })
    drop(root, '1,10')
    await withWorkspace(root, undefined, async (workspace) => {
      const { state, clock } = workspace.lakehouse
      const taken = runIn(workspace, {
        onEvent: (event) => {
          if (event.type !== 'task.ended') return
          // As after a long sleep of the machine: the lease ran out, and another run took it.
          const later = (clock.now() + 3_600_000) as ReturnType<typeof clock.now>
          void state.claim(
            { name: 'dev/raw.rows', run: 'run-other' as never, pid: 1, now: later, ms: 1000 },
            () => true,
          )
        },
      })
      const ran = await taken
      expect(said(ran)).toEqual(['failed', 'run/lease-lost'])
      expect(await workspace.lakehouse.catalog.log('dev')).toEqual([])
    })
  })

  test('what another program commits meanwhile is not overwritten', async () => {
    const root = makeProject({
      'tables/raw/rows.ts': source,
      'tables/t/kept.sql': model('write: append', 'from raw.rows'),
    })
    drop(root, '1,10')
    await run(root)
    drop(root, '2,20')
    await withWorkspace(root, undefined, async (workspace) => {
      const { catalog, format, clock } = workspace.lakehouse
      const table = 't.kept' as TableName
      const ref = (await catalog.resolve('dev')).get(table)
      if (ref === undefined) throw new Error('no table')
      let moved: Promise<unknown> | undefined
      const foreign = async (): Promise<void> => {
        const { next } = await format.revert(ref, ref, clock.now())
        const move = { table, from: ref.version, to: next, how: 'foreign' as const }
        await catalog.publish({
          id: 'other' as never,
          environment: 'dev',
          parent: null,
          at: clock.now(),
          run: null,
          moves: [move],
        })
      }
      const tries: string[] = []
      const ran = await runIn(workspace, {
        onEvent: (event) => {
          if (event.type === 'task.started' && event.task !== 't.kept') moved ??= foreign()
          if (event.type === 'task.started' || event.type === 'task.ended')
            tries.push(`${event.task}: ${event.type} ${event.attempt}`)
        },
      })
      await moved
      expect(ran.status).toBe('failed')
      // The same pins would find the same: it is said at once.
      expect(tries.filter((one) => one.startsWith('t.kept'))).toEqual([
        't.kept: task.started 1',
        't.kept: task.ended 1',
      ])
      expect(codes(ran.issues)).toContain('lake/moved')
      expect((await catalog.log('dev')).map(({ id }) => String(id))).toContain('other')
      expect(said(await runIn(workspace))).toEqual(['ok'])
      const asker = await Asker.over(workspace)
      expect(await asker.rows('from t.kept order by id')).toEqual([
        { id: 1, amount: 10 },
        { id: 2, amount: 20 },
      ])
    })
  })
})
