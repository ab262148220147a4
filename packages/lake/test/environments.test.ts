import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { TableRef } from '@millrace/core'
import { toPath } from '@millrace/lake'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseJson, printJson } from '../src/iceberg/json.ts'
import { appendIn, columns, forkedIn, idsIn, idsOf, promote, publishIn, writable } from './support/environments.ts'
import {
  change,
  headOf,
  instant,
  type Lake,
  noFiles,
  openLake,
  progress,
  publicationId,
  publish,
  type Spec,
  spec,
} from './support/lake.ts'
import { writeRows } from './support/parquet.ts'

let lake: Lake
beforeAll(async () => {
  lake = await openLake()
})
afterAll(() => lake.catalog.close())

const metadataOf = (ref: TableRef): Record<string, any> => JSON.parse(readFileSync(toPath(ref.version), 'utf8'))

const forked = (name: string) => forkedIn(lake, name)

test('a fork is shown with its own uuid and location before anything is written', async () => {
  const { table, environment, base } = await forked('shown')
  const fork = await writable(lake, environment, table)
  expect(fork).toMatchObject({ version: base.version, forkOf: { uuid: base.uuid, version: base.version } })
  expect(fork.uuid).not.toBe(base.uuid)
  expect(await writable(lake, environment, table)).toEqual(fork)
  expect(existsSync(fork.location)).toBe(false)
  const state = await lake.format.load(fork)
  expect(state).toMatchObject({ rows: 2, ref: fork, progress })
  expect(await idsOf(lake, fork)).toEqual([1, 2])
  const other = await lake.format.fork(base, { name: environment, generation: 99 }, fork.location)
  expect(other.uuid).not.toBe(fork.uuid)
})

test('the first commit writes a shallow fork and leaves the base byte for byte', async () => {
  const { table, environment, base } = await forked('shallow')
  const before = readFileSync(toPath(base.version), 'utf8')
  await appendIn(lake, environment, table, 3)
  expect(await idsIn(lake, environment, table)).toEqual([1, 2, 3])
  expect(await idsIn(lake, 'prod', table)).toEqual([1, 2])
  expect(readFileSync(toPath(base.version), 'utf8')).toBe(before)
  const fork = metadataOf(await headOf(lake, table, environment))
  expect(fork['snapshots']).toHaveLength(2)
  expect(fork['metadata-log']).toEqual([])
  expect(fork['last-sequence-number']).toBe(3)
  expect(fork['properties']).toMatchObject({ 'gc.enabled': 'false', 'millrace.fork-of.uuid': base.uuid })
})

test('a fork names what it began as, with the versions before, until that is gone', async () => {
  const { table, environment, base } = await forked('origin')
  expect(await lake.format.origin(base)).toBeNull()
  await appendIn(lake, environment, table, 3)
  await appendIn(lake, 'prod', table, 4, { at: instant(40_000) })
  const fork = await headOf(lake, table, environment)
  const origin = await lake.format.origin(fork)
  if (origin === null) throw new Error('it is a fork')
  expect([origin.uuid, origin.location]).toEqual([base.uuid, base.location])
  expect((await lake.format.versions(origin)).map((one) => one.rows)).toEqual([2, 1])
  expect([await idsOf(lake, origin), await lake.format.origin(origin)]).toEqual([[1, 2], null])
  const orphan = edited(fork, (metadata) => {
    metadata['properties']['millrace.fork-of.metadata'] += '.gone'
  })
  expect(await lake.format.origin(orphan)).toBeNull()
})

test('no table, no fork and no promoted table lets other programs clean its files up', async () => {
  const { table, environment, base } = await forked('kept')
  await appendIn(lake, environment, table, 3)
  const fork = await headOf(lake, table, environment)
  await promote(lake, environment, table, instant(90_000))
  const promoted = await headOf(lake, table)
  const allowed = [base, fork, promoted].map((ref) => metadataOf(ref)['properties']['gc.enabled'])
  expect(allowed).toEqual(['false', 'false', 'false'])
})

test('a fork does not send its files where its base was told to put its own', async () => {
  const { table, environment, base } = await forked('told')
  const told = {
    'write.data.path': 'file:///elsewhere/data',
    'write.metadata.path': 'file:///elsewhere/metadata',
    'write.object-storage.path': 'file:///elsewhere/objects',
    'write.folder-storage.path': 'file:///elsewhere/folders',
  }
  const foreign = edited(base, (metadata) => Object.assign(metadata['properties'], told, { owner: 'them' }))
  const shown = await lake.format.fork(foreign, { name: environment, generation: 0 }, `${lake.folder}/told`)
  const draft = await lake.format.draft(table, shown, '', spec(columns))
  const { next } = await lake.format.stage(
    draft,
    change(await writeRows(draft, { sql: "select 3 as id, 'c' as country" })),
  )
  expect(metadataOf(foreign)['properties']).toMatchObject(told)
  const { properties } = metadataOf(next)
  expect(Object.keys(properties).filter((key) => key in told)).toEqual([])
  expect(properties['owner']).toBe('them')
  expect(await idsOf(lake, next)).toEqual([1, 2, 3])
})

test('promotion keeps the uuid of the target, stamps times anew and takes the overlay row away', async () => {
  const { table, environment, base } = await forked('promoted')
  const wide = spec({ ...columns, extra: { type: 'string' } })
  await appendIn(lake, environment, table, 3, { at: instant(30_000) })
  await appendIn(lake, environment, table, 4, { at: instant(40_000), wanted: wide })
  const source = await headOf(lake, table, environment)
  await promote(lake, environment, table, instant(90_000))
  const head = await headOf(lake, table)
  expect(head).toMatchObject({ uuid: base.uuid, location: base.location })
  expect((await headOf(lake, table, environment)).uuid).toBe(base.uuid)
  const [promoted, fork] = [metadataOf(head), metadataOf(source)]
  for (const key of ['last-sequence-number', 'last-column-id', 'current-schema-id', 'schemas', 'current-snapshot-id'])
    expect([key, promoted[key]]).toEqual([key, fork[key]])
  expect(promoted['properties']['millrace.fork-of.uuid']).toBeUndefined()
  const log = promoted['snapshot-log'].map((entry: any) => entry['timestamp-ms'])
  expect(log).toEqual([10_000, 20_000, 90_001])
  const then = await lake.format.at(head, { instant: instant(50_000) })
  expect(await idsOf(lake, then)).toEqual([1, 2])
  expect((await lake.format.load(head)).rows).toBe(4)
  expect((await lake.format.versions(head)).map((version) => version.rows)).toEqual([4, 3, 2, 1])
  await appendIn(lake, 'prod', table, 5, { at: instant(95_000), wanted: wide })
  expect((await lake.format.load(await headOf(lake, table))).rows).toBe(5)
})

test('after a promotion the next fork is another table', async () => {
  const { table, environment } = await forked('again')
  const first = await writable(lake, environment, table)
  await appendIn(lake, environment, table, 3, { at: instant(30_000) })
  await promote(lake, environment, table, instant(40_000))
  const second = await writable(lake, environment, table)
  expect(second.uuid).not.toBe(first.uuid)
  await appendIn(lake, environment, table, 4, { at: instant(50_000) })
  await promote(lake, environment, table, instant(60_000))
  expect(await idsIn(lake, 'prod', table)).toEqual([1, 2, 3, 4])
})

test('a fork of a fork is promoted into the fork', async () => {
  const { table, environment } = await forked('staging')
  await appendIn(lake, environment, table, 3)
  await lake.catalog.createEnvironment({ name: 'dev-on-staging', base: { environment, at: 'latest' } })
  await appendIn(lake, 'dev-on-staging', table, 4)
  const source = await headOf(lake, table, 'dev-on-staging')
  const target = await headOf(lake, table, environment)
  const staged = await lake.format.advance(target, source, instant(99_000))
  if ('code' in staged) throw new Error(staged.code)
  expect(await idsOf(lake, staged.next)).toEqual([1, 2, 3, 4])
  expect(staged.next.uuid).toBe(target.uuid)
  expect(await idsIn(lake, 'prod', table)).toEqual([1, 2])
})

test('a fork of a fork that was promoted since goes into what its base shows now, and up to the root', async () => {
  const { table, environment, base } = await forked('between')
  await lake.catalog.createEnvironment({ name: 'above-between', base: { environment, at: 'latest' } })
  await appendIn(lake, environment, table, 3)
  await appendIn(lake, 'above-between', table, 4)
  await promote(lake, environment, table, instant(90_000))
  const source = await headOf(lake, table, 'above-between')
  const onto = await writable(lake, environment, table)
  expect(await lake.format.advance(onto, source, instant(95_000))).toMatchObject({ how: 'fast-forward' })
  // The root goes on by the hand of another program: the same snapshots still lie on its line.
  await appendIn(lake, 'prod', table, 9, { at: instant(92_000) })
  const into = await writable(lake, environment, table)
  const staged = await lake.format.advance(into, source, instant(95_000))
  if ('code' in staged) throw new Error(`${staged.code}: ${String(staged.params['what'])}`)
  expect(staged).toMatchObject({ how: 'squash', next: { uuid: into.uuid, forkOf: { uuid: base.uuid } } })
  expect((await idsOf(lake, staged.next)).toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 9])
  await publishIn(lake, environment, staged)
  await promote(lake, environment, table, instant(99_000))
  expect((await idsIn(lake, 'prod', table)).toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 9])
  // A stranger's table has none of them.
  const other = await forked('between-other')
  expect(await lake.format.advance(other.base, source, instant(99_000))).toMatchObject({ code: 'lake/fork-diverged' })
})

test('when only rows of a foreign program came in between, the promotion is squashed into one snapshot', async () => {
  const { table, environment, base } = await forked('squashed')
  await appendIn(lake, environment, table, 3)
  await appendIn(lake, environment, table, 4)
  await appendIn(lake, 'prod', table, 9)
  await promote(lake, environment, table, instant(90_000))
  const head = await headOf(lake, table)
  expect(head.uuid).toBe(base.uuid)
  expect((await idsOf(lake, head)).toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 9])
  const metadata = metadataOf(head)
  expect(metadata['snapshots']).toHaveLength(4)
  expect(metadata['snapshots'].at(-1)).toMatchObject({
    'sequence-number': 4,
    summary: { operation: 'append', 'added-records': '2', 'total-records': '5', 'total-data-files': '5' },
  })
})

test('a squash of more commits than the target has made is numbered after all of their files', async () => {
  const { table, environment } = await forked('squashed-many')
  for (const id of [3, 4, 5]) await appendIn(lake, environment, table, id)
  await appendIn(lake, 'prod', table, 9)
  await promote(lake, environment, table, instant(90_000))
  expect(metadataOf(await headOf(lake, table))['snapshots'].at(-1)['sequence-number']).toBe(5)
  await appendIn(lake, 'prod', table, 10, { at: instant(95_000) })
  const head = await headOf(lake, table)
  expect(metadataOf(head)['last-sequence-number']).toBe(6)
  expect((await idsOf(lake, head)).toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 9, 10])
})

test('a fork whose number for its columns another program chose is squashed, under the number of the target', async () => {
  const { table, environment, base } = await forked('numbered')
  const other = spec({ ...columns, other: { type: 'string' } })
  const wide = spec({ ...columns, extra: { type: 'string' } })
  const shown = await writable(lake, environment, table)
  const unused = await lake.format.stage(await lake.format.draft(table, shown, '', other), change(noFiles))
  const draft = await lake.format.draft(table, unused.next, '', wide)
  const row = await writeRows(draft, { sql: "select 3 as id, 'c3' as country, 'e3' as extra" })
  const { next } = await lake.format.stage(draft, change(row))
  // Clean-up of other programs forgets a snapshot together with the columns that only it had.
  const source = edited(next, (metadata) => {
    metadata['snapshots'].splice(-2, 1)
    metadata['snapshot-log'].splice(-2, 1)
    metadata['schemas'] = metadata['schemas'].filter((one: any) => one['schema-id'] !== 1)
  })
  const staged = await lake.format.advance(base, source, instant(90_000))
  expect(staged).toMatchObject({ how: 'squash' })
  if ('code' in staged) throw new Error(staged.code)
  const after = metadataOf(staged.next)
  expect([after['current-schema-id'], after['schemas'].map((one: any) => one['schema-id'])]).toEqual([1, [0, 1]])
  const found = await lake.format.offer(staged.next, { extra: { in: ['e3'] } })
  const added = found.groups.flatMap((group) => group.files).find((file) => file.path === row.files[0]?.path)
  expect(added).toMatchObject({ schema: 1, stats: { 1: { min: 3n, max: 3n }, 4: { min: 'e3', max: 'e3' } } })
})

test('a squash keeps the partition specs and sort orders of both, each under a number of its own', async () => {
  const [table, environment] = ['silver.both-shapes', 'both-shapes'] as const
  const both = spec(columns, { partition: ['country', 'id'] })
  await appendParted('prod', table, 1, both, ['c1', 1])
  await lake.catalog.createEnvironment({ name: environment, base: { environment: 'prod', at: 'latest' } })
  await appendParted(environment, table, 2, { ...both, sort: ['country'] }, ['c2', 2])
  await appendParted(environment, table, 3, spec(columns, { partition: ['id'], sort: ['country'] }), [3])
  await appendParted('prod', table, 4, spec(columns, { sort: ['id'] }))
  await appendParted('prod', table, 5, spec(columns, { partition: ['country'], sort: [] }), ['c5'])
  await appendParted('prod', table, 6, { ...both, sort: [] }, ['c6', 6])
  const own = metadataOf(await headOf(lake, table))
  await promote(lake, environment, table, instant(90_000))
  const head = await headOf(lake, table)
  const metadata = metadataOf(head)
  expect(metadata['partition-specs'].slice(0, 3)).toEqual(own['partition-specs'])
  expect(metadata['partition-specs'].slice(3)).toMatchObject([{ 'spec-id': 3, fields: [{ name: 'id' }] }])
  expect(metadata['sort-orders'].slice(0, 2)).toEqual(own['sort-orders'])
  expect(metadata['sort-orders'].slice(2)).toMatchObject([{ 'order-id': 2, fields: [{ 'source-id': 2 }] }])
  expect([metadata['default-spec-id'], metadata['default-sort-order-id']]).toEqual([3, 2])
  const files = (await lake.format.offer(head)).groups.flatMap((group) => group.files)
  expect(files.map((file) => `${file.spec}: ${file.partition.join()}`).toSorted()).toEqual([
    '0: c1,1',
    '0: c2,2',
    '0: c6,6',
    '1: ',
    '2: c5',
    '3: 3',
  ])
  expect((await idsOf(lake, head)).toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6])
})

/** Appends one row to a partition. */
async function appendParted(
  environment: string,
  table: `silver.${string}`,
  id: number,
  wanted: Spec,
  partition: readonly (string | number)[] = [],
): Promise<void> {
  const known = (await lake.catalog.resolve(environment)).has(table)
  const base = known ? await writable(lake, environment, table) : null
  const draft = await lake.format.draft(table, base, `${lake.folder}/${table}`, wanted)
  const add = await writeRows(draft, { sql: `select ${id} as id, 'c${id}' as country`, partition })
  await publishIn(lake, environment, await lake.format.stage(draft, change(add)))
}

test('a squash removes what the fork removed', async () => {
  const { table, environment } = await forked('squashed-away')
  await appendIn(lake, environment, table, 3, { change: { remove: 'all', operation: 'overwrite' } })
  await appendIn(lake, 'prod', table, 9)
  await promote(lake, environment, table, instant(90_000))
  expect((await idsIn(lake, 'prod', table)).toSorted((one, other) => one - other)).toEqual([3, 9])
})

test('where the runs of the target went on, who knows what becomes of their rows may say it', async () => {
  const { table, environment } = await forked('settled')
  await appendIn(lake, environment, table, 3, { change: { remove: 'all', operation: 'overwrite' } })
  const source = await headOf(lake, table, environment)
  await appendIn(lake, 'prod', table, 9, { change: { progress: { ...progress, position: { x: '1' } } } })
  const target = await headOf(lake, table)
  for (const [wentOn, ids] of [
    ['replace', [3]],
    ['add', [3, 9]],
  ] as const) {
    const staged = await lake.format.advance(target, source, instant(90_000), wentOn)
    if ('code' in staged) throw new Error(staged.code)
    expect((await idsOf(lake, staged.next)).toSorted((one, other) => one - other)).toEqual(ids)
    const [now, fork] = [await lake.format.load(staged.next), await lake.format.load(source)]
    // Who has read the fork has read a table that is the same.
    expect([now.progress, now.data === fork.data]).toEqual([fork.progress, wentOn === 'replace'])
  }
})

test('a fork of a fork that went on before it was squashed is still a copy of what its base shows', async () => {
  const { table, environment } = await forked('middle')
  await appendIn(lake, environment, table, 3)
  await lake.catalog.createEnvironment({ name: 'above-middle', base: { environment, at: 'latest' } })
  await appendIn(lake, 'above-middle', table, 5, { change: { remove: 'all', operation: 'overwrite' } })
  await appendIn(lake, environment, table, 4, { change: { progress: { ...progress, position: { x: '1' } } } })
  await appendIn(lake, 'prod', table, 9)
  expect(await promote(lake, environment, table, instant(90_000))).toMatchObject({ how: 'squash' })
  const [into, source] = [await writable(lake, environment, table), await headOf(lake, table, 'above-middle')]
  expect(await lake.format.advance(into, source, instant(95_000))).toMatchObject({
    code: 'lake/fork-diverged',
    params: { what: 'its own runs have gone on' },
  })
  const staged = await lake.format.advance(into, source, instant(95_000), 'replace')
  if ('code' in staged) throw new Error(staged.code)
  expect(await idsOf(lake, staged.next)).toEqual([5])
})

test('what a promotion cannot settle comes back as an issue and changes nothing', async () => {
  const cases = [
    {
      name: 'runs',
      prod: { change: { progress: { ...progress, position: { x: '1' } } } },
      what: 'its own runs have gone on',
    },
    {
      name: 'columns',
      prod: { wanted: spec({ ...columns, extra: { type: 'string' as const } }) },
      what: 'its columns changed',
    },
    { name: 'spec', prod: { wanted: spec(columns, { partition: ['id'] }) }, what: 'its partitioning changed' },
  ]
  for (const { name, prod, what } of cases) {
    const { table, environment } = await forked(`diverged-${name}`)
    await appendIn(lake, environment, table, 3)
    const target = await writable(lake, 'prod', table)
    const draft = await lake.format.draft(table, target, '', 'wanted' in prod ? prod.wanted : spec(columns))
    const staged = await lake.format.stage(draft, change(noFiles, 'change' in prod ? prod.change : {}))
    await publishIn(lake, 'prod', staged)
    const source = await headOf(lake, table, environment)
    const result = await lake.format.advance(await headOf(lake, table), source, instant(90_000))
    expect(result).toMatchObject({ code: 'lake/fork-diverged', params: { table, what } })
  }
  const { base } = await forked('stranger')
  expect(await lake.format.advance(base, base, instant(1))).toMatchObject({ code: 'lake/fork-diverged' })
})

test('a promotion brings a wider type up, and is refused once the target is the wider one', async () => {
  const seen = (type: 'int8' | 'int32') => spec({ ...columns, small: { type } })
  const widen = async (environment: string, table: `silver.${string}`, type: 'int8' | 'int32') => {
    const draft = await lake.format.draft(table, await writable(lake, environment, table), '', seen(type))
    await publishIn(lake, environment, await lake.format.stage(draft, change(noFiles)))
  }
  for (const environment of ['widened', 'widened-below']) {
    const { table } = await forked(environment)
    await widen('prod', table, 'int8')
    await widen(environment, table, 'int8')
  }
  await widen('widened', 'silver.widened', 'int32')
  await promote(lake, 'widened', 'silver.widened', instant(90_000))
  expect((await lake.format.load(await headOf(lake, 'silver.widened'))).columns['small']).toEqual({ type: 'int32' })
  await widen('prod', 'silver.widened-below', 'int32')
  const [target, source] = [
    await headOf(lake, 'silver.widened-below'),
    await headOf(lake, 'silver.widened-below', 'widened-below'),
  ]
  const refused = await lake.format.advance(target, source, instant(90_000))
  expect(refused).toMatchObject({ code: 'lake/fork-diverged', params: { what: 'its columns changed' } })
})

test('an overwrite in the fork of rows that the target rewrote cannot be squashed', async () => {
  const { table, environment } = await forked('both')
  await appendIn(lake, environment, table, 3, { change: { remove: 'all', operation: 'overwrite' } })
  await appendIn(lake, 'prod', table, 9, { change: { remove: 'all', operation: 'overwrite' } })
  const result = await lake.format.advance(
    await headOf(lake, table),
    await headOf(lake, table, environment),
    instant(9),
  )
  expect(result).toMatchObject({ params: { what: 'rows that both changed' } })
})

test('expiry names only files that nothing of the table refers to any more, and spares forks that still do', async () => {
  const { table, environment, base } = await forked('expired')
  await appendIn(lake, environment, table, 3)
  await appendIn(lake, 'prod', table, 4, { at: instant(40_000), change: { remove: 'all', operation: 'overwrite' } })
  const head = await headOf(lake, table)
  const staged = await lake.format.expire(head, { versions: 1, newerThan: instant(40_000) })
  if (staged === null) throw new Error('something was to expire')
  expect((await lake.format.versions(staged.next)).map((version) => version.at)).toEqual([40_000])
  expect(metadataOf(staged.next)['snapshot-log']).toHaveLength(1)
  expect(await idsOf(lake, staged.next)).toEqual([4])
  const [before, after] = [await reachable(head), await reachable(staged.next)]
  const gone = [...before].filter((path) => path.endsWith('.parquet') && !after.has(path))
  expect(gone).toHaveLength(2)
  const family = await reachable(staged.next, await headOf(lake, table, environment))
  expect(gone.filter((path) => !family.has(path))).toEqual([])
  expect(family.has(toPath(base.version))).toBe(true)
  expect(await lake.format.expire(staged.next, { versions: 5, newerThan: instant(0) })).toBeNull()
})

test('expiry spares the rows that somebody goes on from, and lists them behind the gap', async () => {
  const table = 'silver.read-long-ago'
  for (const at of [1, 2, 3, 4]) await appendIn(lake, 'prod', table, at, { at: instant(at * 1000) })
  const head = await headOf(lake, table)
  const [, , second] = await lake.format.versions(head)
  if (second === undefined) throw new Error('four versions were written')
  const staged = await lake.format.expire(head, {
    versions: 1,
    newerThan: instant(50_000),
    read: new Set([second.data, '17']),
  })
  if (staged === null) throw new Error('something was to expire')
  const left = await lake.format.versions(staged.next)
  expect(left.map((version) => version.at)).toEqual([4000, 2000])
  expect(await idsOf(lake, await lake.format.at(staged.next, { version: second.id }))).toEqual([1, 2])
  expect(await idsOf(lake, staged.next)).toEqual([1, 2, 3, 4])
})

test('expiry keeps what a foreign head inherits: how far its table has got', async () => {
  const table = 'silver.foreign-head'
  for (const at of [1, 2, 3, 4]) await appendIn(lake, 'prod', table, at, { at: instant(at * 1000) })
  const head = await headOf(lake, table)
  const foreign = { ...head, version: head.version.replace(/[^/]*$/, '00009-foreign.metadata.json') }
  writeFileSync(toPath(foreign.version), withoutNotes(readFileSync(toPath(head.version), 'utf8'), 2))
  const staged = await lake.format.expire(foreign, { versions: 1, newerThan: instant(50_000) })
  if (staged === null) throw new Error('something was to expire')
  expect((await lake.format.versions(staged.next)).map((version) => version.at)).toEqual([4000, 3000, 2000])
  expect((await lake.format.load(staged.next)).progress).toEqual(progress)
})

/** A table as another program leaves it that writes its metadata anew. */
function edited(ref: TableRef, edit: (metadata: Record<string, any>) => void): TableRef {
  const metadata = parseJson(readFileSync(toPath(ref.version), 'utf8')) as Record<string, any>
  edit(metadata)
  const version = ref.version.replace(/[^/]*$/, '00008-foreign.metadata.json')
  writeFileSync(toPath(version), printJson(metadata))
  return { ...ref, version }
}

/** Metadata whose last snapshots say nothing of ours, as another program writes them. */
function withoutNotes(text: string, count: number): string {
  const metadata = parseJson(text) as { readonly snapshots: { summary: Record<string, string> }[] }
  for (const one of metadata.snapshots.slice(-count)) {
    const left = Object.entries(one.summary).filter(([key]) => !key.startsWith('millrace.'))
    one.summary = Object.fromEntries(left)
  }
  return printJson(metadata)
}

async function reachable(...family: readonly TableRef[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for await (const path of lake.format.reachable(family)) found.add(path)
  return found
}

test('a table that is new in an environment goes to prod as a fork with an empty commit', async () => {
  await lake.catalog.createEnvironment({ name: 'newcomer', base: { environment: 'prod', at: 'latest' } })
  await appendIn(lake, 'newcomer', 'silver.brand_new', 1)
  const source = await headOf(lake, 'silver.brand_new', 'newcomer')
  const scope = { name: 'prod', generation: (await lake.catalog.environment('prod'))?.generation ?? 0 }
  const fork = await lake.format.fork(source, scope, `${lake.folder}/lake/prod/brand_new`)
  const draft = await lake.format.draft('silver.brand_new', fork, '', spec(columns))
  const staged = await lake.format.stage(draft, change(noFiles))
  await publish(lake, [], {
    id: publicationId('adopt'),
    moves: [
      {
        table: 'silver.brand_new',
        from: null,
        to: staged.next,
        how: 'fast-forward',
        source: { environment: 'newcomer', version: source.version },
      },
    ],
  })
  expect(await idsIn(lake, 'prod', 'silver.brand_new')).toEqual([1])
  expect((await lake.catalog.environment('newcomer'))?.overlay).toEqual({})
})
