import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Event, Instant, Publication, PublicationId, RunId, TableName, TableRef } from '@millrace/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { State } from '../src/state/state.ts'

const now = Date.UTC(2026, 0, 1) as Instant
const later = (ms: number): Instant => (now + ms) as Instant
const run = (name: string): RunId => name as RunId

let folder = ''
let state: State

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-state-'))
  state = await State.open(join(folder, 'state.db'))
})

afterEach(async () => {
  await state.close()
  rmSync(folder, { recursive: true, force: true })
})

const started = (id: RunId): Parameters<State['startRun']>[0] => ({
  id,
  environment: 'dev',
  command: 'millrace run',
  status: 'running',
  startedAt: now,
  endedAt: null,
  tasks: 1,
  pid: 1,
})

const publicationOf = (id: RunId): Publication => ({
  id: `of-${id}` as PublicationId,
  environment: 'dev',
  parent: null,
  at: now,
  run: id,
  moves: [],
})

const ended = (id: RunId, status: 'ok' | 'failed'): Event => ({
  id: `${id}-${status}`,
  at: now,
  run: id,
  type: 'task.ended',
  task: 'silver.orders',
  attempt: 1,
  status,
  rows: 1,
  bytes: 1,
  ms: 1,
  issues: [],
})

const claim = (id: RunId, at: Instant, alive: boolean): ReturnType<State['claim']> =>
  state.claim({ name: 'dev/silver.orders', run: id, pid: 7, now: at, ms: 1000 }, () => alive)

test('a lease has one holder, and says who it is', async () => {
  expect(await claim(run('a'), now, true)).toEqual({ held: true, fence: 1 })
  expect(await claim(run('b'), later(999), true)).toEqual({ held: false, by: 'a', pid: 7 })
})

test('a lease passes on when it ran out or its process is gone, and the old holder can no longer renew it', async () => {
  await claim(run('a'), now, true)
  expect(await claim(run('b'), later(1000), true)).toEqual({ held: true, fence: 2 })
  expect(await claim(run('c'), later(1001), false)).toEqual({ held: true, fence: 3 })
  const request = { name: 'dev/silver.orders', run: run('a'), pid: 7, now: later(1002), ms: 1000 }
  expect(await state.renew(request, 1)).toBe(false)
  expect(await state.renew({ ...request, run: run('c') }, 3)).toBe(true)
})

test('a lease that was let go keeps counting, so that a late release of an old holder lets nobody in', async () => {
  await claim(run('a'), now, true)
  await state.release('dev/silver.orders', 1)
  expect(await claim(run('b'), later(1), true)).toEqual({ held: true, fence: 2 })
  await state.release('dev/silver.orders', 1)
  expect(await claim(run('c'), later(2), true)).toEqual({ held: false, by: 'b', pid: 7 })
})

test('events come back in the order in which they happened, as they were', async () => {
  const events = [ended(run('a'), 'failed'), ended(run('a'), 'ok')]
  await state.append(events)
  expect(await state.events(run('a'))).toEqual(events)
})

test('an intent stays open until it is settled', async () => {
  await state.intend(publicationOf(run('a')))
  expect(await state.openIntents(() => false)).toEqual([publicationOf(run('a'))])
  await state.settle('of-a', 'done')
  expect(await state.openIntents(() => false)).toEqual([])
})

test('the intent of a run that is under way is left to that run', async () => {
  await state.startRun(started(run('a')))
  await state.intend(publicationOf(run('a')))
  expect(await state.openIntents(() => true)).toEqual([])
  expect(await state.openIntents(() => false)).toHaveLength(1)
  await state.endRun(run('a'), 'failed', now)
  expect(await state.openIntents(() => true)).toHaveLength(1)
})

test('a run that died is a failure, unless it had published and nothing of it had failed', async () => {
  for (const id of ['never', 'done', 'partly'].map(run)) {
    await state.startRun(started(id))
    await state.intend(publicationOf(id))
  }
  await state.append([ended(run('done'), 'ok'), ended(run('partly'), 'failed')])
  await state.settle('of-done', 'done')
  await state.settle('of-partly', 'done')
  await state.settle('of-never', 'never')
  expect(await state.tidy(later(-1), later(5), () => false)).toEqual(['never', 'done', 'partly'])
  const status = Object.fromEntries((await state.runs(10)).map((one) => [one.id, one.status]))
  expect(status).toEqual({ never: 'failed', done: 'ok', partly: 'failed' })
})

test('what is old is forgotten, what is open is kept', async () => {
  await state.startRun(started(run('old')))
  await state.append([ended(run('old'), 'ok')])
  await state.endRun(run('old'), 'ok', now)
  await state.intend(publicationOf(run('old')))
  await state.tidy(later(1), later(2), () => true)
  expect(await state.runs(10)).toEqual([])
  expect(await state.events(run('old'))).toEqual([])
  expect(await state.openIntents(() => false)).toHaveLength(1)
})

test('versions that a run staged are found again, the last of each table', async () => {
  const ref = (table: TableName, version: string): TableRef => ({
    table,
    uuid: 'u',
    format: 'iceberg',
    location: '/x',
    version,
  })
  const [first, second, third] = [ref('silver.a', '1'), ref('silver.b', '1'), ref('silver.a', '2')]
  await state.keepStaged(run('r1'), [], now)
  await state.keepStaged(run('r1'), [first, second], now)
  await state.keepStaged(run('r2'), [first], now)
  await state.keepStaged(run('r1'), [third], later(10))
  const versions = async (found: Promise<readonly TableRef[]>): Promise<readonly string[]> =>
    (await found).map(({ table, version }) => `${table}@${version}`).toSorted()
  expect(await versions(state.staged(run('r1')))).toEqual(['silver.a@2', 'silver.b@1'])
  expect(await versions(state.stagedSince(later(5)))).toEqual(['silver.a@2'])
  expect(await versions(state.staged(run('r2')))).toEqual(['silver.a@1'])
})
