// Positions of very many landed files: kept beside the table, exact wherever the table goes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Progress, TableName, TableRef } from '@millrace/core'
import { toPath } from '@millrace/lake'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseMetadata } from '../src/iceberg/metadata.ts'
import { readNotes } from '../src/iceberg/notes.ts'
import { appendIn, promote } from './support/environments.ts'
import { headOf, instant, type Lake, made, openLake, progress, publicationId, temporaryFolder } from './support/lake.ts'

let lake: Lake
beforeAll(async () => {
  lake = await openLake()
})
afterAll(() => lake.catalog.close())

/** What a source says that has landed so many files. */
const landed = (files: number): Progress => ({
  ...progress,
  position: Object.fromEntries(Array.from({ length: files }, (_, at) => [`in/ö-${at}.csv`, `${at}:"\\u0000"`])),
})

async function append(table: TableName, id: number, files: number, environment = 'prod'): Promise<TableRef> {
  await appendIn(lake, environment, table, id, { at: instant(id * 1000), change: { progress: landed(files) } })
  return await headOf(lake, table, environment)
}

async function reachable(ref: TableRef): Promise<readonly string[]> {
  const found: string[] = []
  for await (const path of lake.format.reachable([ref])) if (path.endsWith('.position.zst')) found.push(path)
  return found
}

test('a long position comes back as it was, also from the state that the catalog keeps, and the metadata stays small', async () => {
  const short = await append('raw.long', 1, 10)
  expect((await lake.format.load(short)).positionFile).toBeUndefined()
  const ref = await append('raw.long', 2, 5000)
  const state = await lake.format.load(ref)
  expect(state.progress).toEqual(landed(5000))
  expect(readFileSync(toPath(ref.version)).length).toBeLessThan(20_000)
  await lake.catalog.keepStates([state])
  const kept = (await lake.catalog.states([ref.version])).get(ref.version)
  expect([kept?.progress.position, kept?.positionFile]).toEqual([{}, state.positionFile])
  expect(await lake.format.position(state.positionFile ?? '', state.ref.table)).toEqual(landed(5000).position)
  const again = await append('raw.long', 3, 10)
  expect((await lake.format.load(again)).progress).toEqual(landed(10))
})

test('the position of a hundred files is not said again in the summary of each version', async () => {
  let ref = await append('raw.steady', 1, 100)
  const before = readFileSync(toPath(ref.version)).length
  for (let id = 2; id <= 6; id++) ref = await append('raw.steady', id, 100 + id)
  expect(readFileSync(toPath(ref.version)).length - before).toBeLessThan(5 * 2500)
  expect((await lake.format.load(ref)).progress).toEqual(landed(106))
})

test('versions of one position share its file, and it goes with the last of them', async () => {
  const first = await append('raw.shared', 1, 2000)
  const second = await append('raw.shared', 2, 2000)
  expect(await reachable(second)).toEqual(await reachable(first))
  const third = await append('raw.shared', 3, 2001)
  expect(await reachable(third)).toHaveLength(2)
  const expired = await lake.format.expire(third, { versions: 1, newerThan: instant(50_000) })
  if (expired === null) throw new Error('something was to expire')
  const left = await reachable(expired.next)
  expect([left.length, left.includes((await reachable(first))[0] ?? '')]).toEqual([1, false])
  expect((await lake.format.load(expired.next)).progress).toEqual(landed(2001))
})

test('it goes along into a fork, back with a promotion, and back in time with a rollback', async () => {
  const base = await append('raw.moved', 1, 2000)
  await lake.catalog.createEnvironment({ name: 'moved', base: { environment: 'prod', at: 'latest' } })
  const fork = await append('raw.moved', 2, 2001, 'moved')
  expect((await lake.format.load(fork)).progress).toEqual(landed(2001))
  expect(await reachable(fork)).toHaveLength(2)
  const { next } = await promote(lake, 'moved', 'raw.moved', instant(90_000))
  expect((await lake.format.load(next)).progress).toEqual(landed(2001))
  const back = await lake.format.revert(await headOf(lake, 'raw.moved'), base, instant(95_000))
  expect((await lake.format.load(back.next)).progress).toEqual(landed(2000))
})

test('a promotion is refused where the target has landed others, told without reading either file', async () => {
  await append('raw.diverged', 1, 2000)
  await lake.catalog.createEnvironment({ name: 'diverged', base: { environment: 'prod', at: 'latest' } })
  const fork = await append('raw.diverged', 2, 2001, 'diverged')
  const target = await append('raw.diverged', 3, 2002)
  expect(await lake.format.advance(target, fork, instant(90_000))).toMatchObject({
    code: 'lake/fork-diverged',
    params: { what: 'its own runs have gone on' },
  })
})

test('a commit that stops before its metadata leaves the table as it was', async () => {
  const folder = temporaryFolder()
  let stop = ''
  const stopping = await openLake(folder, (name) => {
    if (name === stop) throw new Error('stopped')
  })
  const table = 'raw.stopped'
  const commit = async (id: number, files: number): Promise<void> =>
    void (await appendIn(stopping, 'prod', table, id, { change: { progress: landed(files) } }))
  await commit(1, 2000)
  for (const name of ['position:before', 'position:after', 'metadata:before']) {
    stop = name
    await expect(commit(2, 2001)).rejects.toThrow('stopped')
    const state = await stopping.format.load(await headOf(stopping, table))
    expect([name, state.rows, state.progress]).toEqual([name, 1, landed(2000)])
  }
  stop = ''
  await commit(2, 2001)
  expect((await stopping.format.load(await headOf(stopping, table))).progress).toEqual(landed(2001))
  expect(await stopping.catalog.find(publicationId('none'))).toBeNull()
  await stopping.catalog.close()
})

test('a position file that is gone or broken is said, and nothing is taken for not landed', async () => {
  const ref = await append('raw.gone', 1, 2000)
  const { positionFile = '' } = await lake.format.load(ref)
  await expect(lake.format.position(`${positionFile}.not`, ref.table)).rejects.toThrow(
    'a file of raw.gone, cannot be read: it is not there',
  )
  await expect(lake.format.position(ref.version, ref.table)).rejects.toThrow('lake/corrupt')
})

test('the notes of format 2 are read', () => {
  const text = readFileSync(join(import.meta.dirname, 'fixtures/metadata-format-2.json'), 'utf8')
  const metadata = parseMetadata(text, 'fixture')
  expect(readNotes(metadata, metadata.snapshots.at(-1) ?? null)).toEqual({
    made,
    progress: { ...progress, position: {} },
    positionFile: 'file:///lake/raw/orders/metadata/0f3a-5d41402abc4b2a76b9719d911017c592.position.zst',
  })
})
