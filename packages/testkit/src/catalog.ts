import type {
  Catalog,
  Instant,
  Move,
  Publication,
  PublicationId,
  RunId,
  TableName,
  TableRef,
  TableState,
} from '@millrace/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const id = (text: string): PublicationId => text as PublicationId
const at = (ms: number): Instant => ms as Instant

/** A table's version as a catalog sees it. */
export function refOf(table: TableName, version: string, uuid: string = `uuid-${table}`): TableRef {
  return { table, uuid, format: 'iceberg', location: `/lake/${uuid}`, version: `file:///lake/${uuid}/${version}.json` }
}

const publication = (name: string, moves: readonly Move[], more: Partial<Publication> = {}): Publication => ({
  id: id(name),
  environment: 'prod',
  parent: null,
  at: at(1000),
  run: null,
  moves,
  ...more,
})
const create = (ref: TableRef): Move => ({ table: ref.table, from: null, to: ref, how: 'run' })
const move = (from: TableRef, to: TableRef): Move => ({ table: to.table, from: from.version, to, how: 'run' })
const drop = (ref: TableRef): Move => ({ table: ref.table, from: ref.version, to: null, how: 'drop' })
const orders = refOf('silver.orders', 'v1')
const orders2 = refOf('silver.orders', 'v2')
const customers = refOf('silver.customers', 'v1')
const fork = { ...refOf('silver.orders', 'f1', 'uuid-fork'), forkOf: { uuid: orders.uuid, version: orders.version } }

/** The catalog of the running test, and what an environment of it shows: table names and versions. */
interface Bench {
  readonly catalog: () => Catalog
  readonly seen: (environment: string, when?: PublicationId | Instant) => Promise<Record<string, string>>
}

/** What every catalog must do. `open` answers one that is empty. */
export function catalogSuite(name: string, open: () => Promise<Catalog>): void {
  describe(`catalog: ${name}`, () => {
    let current: Catalog
    beforeEach(async () => {
      current = await open()
      await current.createEnvironment({ name: 'prod' })
    })
    afterEach(() => current.close())
    const seen: Bench['seen'] = async (environment, when) => {
      const tables = await current.resolve(environment, when)
      return Object.fromEntries([...tables].map(([table, ref]) => [table, ref.version.replace(/^.*\//, '')]))
    }
    const bench: Bench = { catalog: () => current, seen }
    describe('publishing', () => {
      publishing(bench)
      confirming(bench)
    })
    describe('environments', () => {
      beforeEach(async () => {
        await current.publish(publication('p1', [create(orders), create(customers)]))
        await current.createEnvironment({ name: 'dev', base: { environment: 'prod', at: 'latest' } })
      })
      showing(bench)
      forking(bench)
      living(bench)
    })
    describe('time', () => {
      time(bench)
    })
    findsByBeginning(bench)
    keepsStates(bench)
  })
}

function publishing({ catalog, seen }: Bench): void {
  test('makes all tables of a publication visible at once, and is found again', async () => {
    const first = publication('p1', [create(orders), create(customers)], {
      run: 'run-1' as RunId,
      note: { why: 'first' },
    })
    expect(await catalog().publish(first)).toEqual({ status: 'done' })
    expect(await seen('prod')).toEqual({ 'silver.orders': 'v1.json', 'silver.customers': 'v1.json' })
    expect(await catalog().find(id('p1'))).toEqual(first)
    expect((await catalog().environment('prod'))?.head).toBe('p1')
    expect(await catalog().find(id('p9'))).toBeNull()
  })

  test('moves nothing when one table is not where it was expected', async () => {
    await catalog().publish(publication('p1', [create(orders), create(customers)]))
    const moves = [move(customers, refOf('silver.customers', 'v2')), move(orders2, refOf('silver.orders', 'v3'))]
    expect(await catalog().publish(publication('p2', moves))).toEqual({ status: 'stale', tables: ['silver.orders'] })
    expect(await seen('prod')).toEqual({ 'silver.orders': 'v1.json', 'silver.customers': 'v1.json' })
    expect(await catalog().find(id('p2'))).toBeNull()
  })

  test('is done once, however often it is asked for, whatever has happened since', async () => {
    const first = publication('p1', [create(orders)])
    await catalog().publish(first)
    await catalog().publish(publication('p2', [move(orders, orders2)]))
    expect(await catalog().publish(first)).toEqual({ status: 'done' })
    expect(await seen('prod')).toEqual({ 'silver.orders': 'v2.json' })
    expect((await catalog().log('prod')).map((one) => one.id)).toEqual(['p2', 'p1'])
  })

  test('lets one of two win that began at the same version', async () => {
    await catalog().publish(publication('p1', [create(orders)]))
    const tries = ['a', 'b', 'c', 'd'].map((one) =>
      catalog().publish(publication(one, [move(orders, refOf('silver.orders', `v-${one}`))])),
    )
    const results = await Promise.all(tries)
    expect(results.filter((one) => one.status === 'done')).toHaveLength(1)
  })

  test('a table that is created where one is already is stale', async () => {
    await catalog().publish(publication('p1', [create(orders)]))
    expect(await catalog().publish(publication('p2', [create(orders2)]))).toMatchObject({ status: 'stale' })
  })

  test('a dropped table is gone and can come back', async () => {
    await catalog().publish(publication('p1', [create(orders)]))
    await catalog().publish(publication('p2', [drop(orders)]))
    expect(await seen('prod')).toEqual({})
    await catalog().publish(publication('p3', [create(orders)]))
    expect(await seen('prod')).toEqual({ 'silver.orders': 'v1.json' })
  })

  test('an environment that does not exist is refused', async () => {
    const lost = publication('p1', [create(orders)], { environment: 'nowhere' })
    await expect(catalog().publish(lost)).rejects.toThrow('lake/no-environment')
  })
}

function confirming({ catalog, seen }: Bench): void {
  test('moves nothing when who publishes has lost the right to meanwhile', async () => {
    await catalog().publish(publication('p1', [create(orders)]))
    const lost = new Error('lost')
    const late = catalog().publish(publication('p2', [move(orders, orders2)]), () => Promise.reject(lost))
    await expect(late).rejects.toBe(lost)
    expect(await seen('prod')).toEqual({ 'silver.orders': 'v1.json' })
    expect(await catalog().find(id('p2'))).toBeNull()
  })
}

function showing({ catalog, seen }: Bench): void {
  test('show their base, and their own tables in front', async () => {
    await catalog().publish(publication('d1', [create(fork)], { environment: 'dev' }))
    expect(await seen('dev')).toEqual({ 'silver.orders': 'f1.json', 'silver.customers': 'v1.json' })
    expect(await seen('prod')).toEqual({ 'silver.orders': 'v1.json', 'silver.customers': 'v1.json' })
    expect((await catalog().environment('dev'))?.overlay).toEqual({ 'silver.orders': fork })
  })

  test('drop a table of the base by a tombstone', async () => {
    await catalog().publish(
      publication('d1', [{ table: 'silver.orders', from: null, to: null, how: 'drop' }], { environment: 'dev' }),
    )
    expect(await seen('dev')).toEqual({ 'silver.customers': 'v1.json' })
    expect((await catalog().environment('dev'))?.overlay).toEqual({ 'silver.orders': null })
    expect(Object.keys(await seen('prod'))).toHaveLength(2)
  })

  test('follow their base, unless they stand on a publication of it', async () => {
    await catalog().createEnvironment({ name: 'pinned', base: { environment: 'prod', at: id('p1') } })
    await catalog().publish(publication('p2', [move(orders, orders2)]))
    expect((await seen('dev'))['silver.orders']).toBe('v2.json')
    expect((await seen('pinned'))['silver.orders']).toBe('v1.json')
  })

  test('stack: a base may have a base', async () => {
    await catalog().createEnvironment({ name: 'branch', base: { environment: 'dev', at: 'latest' } })
    await catalog().publish(publication('d1', [create(fork)], { environment: 'dev' }))
    expect(await seen('branch')).toEqual({ 'silver.orders': 'f1.json', 'silver.customers': 'v1.json' })
  })
}

function forking({ catalog, seen }: Bench): void {
  test('may not publish a table that belongs to another', async () => {
    const theft = publication('d1', [create(orders2)], { environment: 'dev' })
    await expect(catalog().publish(theft)).rejects.toThrow('lake/not-owner')
  })

  test('lose what was promoted in the same step, and then make other forks', async () => {
    await catalog().publish(publication('d1', [create(fork)], { environment: 'dev' }))
    const before = (await catalog().environment('dev'))?.generation ?? 0
    const source = { environment: 'dev', version: fork.version }
    await catalog().publish(publication('p2', [{ ...move(orders, orders2), how: 'fast-forward', source }]))
    expect((await catalog().environment('dev'))?.overlay).toEqual({})
    expect((await seen('dev'))['silver.orders']).toBe('v2.json')
    expect((await catalog().environment('dev'))?.generation).toBe(before + 1)
  })

  test('make other forks once a table of theirs, or its tombstone, has gone', async () => {
    const generation = async (): Promise<number> => (await catalog().environment('dev'))?.generation ?? 0
    const inDev = { environment: 'dev' } as const
    await catalog().publish(publication('d1', [create(fork)], inDev))
    const first = await generation()
    await catalog().publish(publication('d2', [drop(fork)], inDev))
    const second = await generation()
    expect(second).toBeGreaterThan(first)
    const uncovered: Move = { table: fork.table, from: null, to: null, how: 'rollback', uncovers: true }
    await catalog().publish(publication('d3', [uncovered], inDev))
    expect(await generation()).toBeGreaterThan(second)
    expect((await seen('dev'))['silver.orders']).toBe('v1.json')
  })

  test('keep what has gone on since it was promoted', async () => {
    await catalog().publish(publication('d1', [create(fork)], { environment: 'dev' }))
    const later = { ...fork, version: 'file:///lake/uuid-fork/f2.json' }
    await catalog().publish(publication('d2', [move(fork, later)], { environment: 'dev' }))
    const source = { environment: 'dev', version: fork.version }
    await catalog().publish(publication('p2', [{ ...move(orders, orders2), how: 'fast-forward', source }]))
    expect((await seen('dev'))['silver.orders']).toBe('f2.json')
  })
}

function living({ catalog, seen }: Bench): void {
  test('can be dropped, made again under another generation, and not while another stands on them', async () => {
    const first = await catalog().environment('dev')
    await expect(catalog().dropEnvironment('prod')).rejects.toThrow('lake/environment-in-use')
    await catalog().publish(publication('d1', [create(fork)], { environment: 'dev' }))
    await catalog().dropEnvironment('dev')
    expect(await catalog().environment('dev')).toBeNull()
    const again = await catalog().createEnvironment({ name: 'dev', base: { environment: 'prod', at: 'latest' } })
    expect(again.overlay).toEqual({})
    expect(again.generation).toBeGreaterThan(first?.generation ?? 0)
    expect((await seen('dev'))['silver.orders']).toBe('v1.json')
  })

  test('may be put on another base until something was published there', async () => {
    await catalog().createEnvironment({ name: 'fix' })
    const on = { name: 'fix', base: { environment: 'prod', at: 'latest' }, rebases: true } as const
    expect(await seen('fix')).toEqual({})
    expect((await catalog().createEnvironment(on)).base).toEqual(on.base)
    expect(await seen('fix')).toEqual(await seen('prod'))
    await catalog().publish(publication('d1', [create(fork)], { environment: 'fix' }))
    await expect(catalog().createEnvironment({ name: 'fix', rebases: true })).rejects.toThrow('lake/environment-exists')
  })

  test('are created once: the same again is fine, another base is refused', async () => {
    await catalog().createEnvironment({ name: 'dev', base: { environment: 'prod', at: 'latest' } })
    await expect(catalog().createEnvironment({ name: 'dev' })).rejects.toThrow('lake/environment-exists')
    await expect(
      catalog().createEnvironment({ name: 'prod', base: { environment: 'dev', at: 'latest' }, rebases: true }),
    ).rejects.toThrow('lake/environment-exists')
    const lost = { name: 'x', base: { environment: 'nowhere', at: 'latest' as const } }
    await expect(catalog().createEnvironment(lost)).rejects.toThrow('lake/no-environment')
    expect((await catalog().environments()).map((one) => one.name)).toEqual(['dev', 'prod'])
  })
}

function time({ catalog, seen }: Bench): void {
  test('an environment can be seen as it stood after a publication or at a moment', async () => {
    await catalog().createEnvironment({ name: 'dev', base: { environment: 'prod', at: 'latest' } })
    await catalog().publish(publication('p1', [create(orders)], { at: at(1000) }))
    await catalog().publish(publication('d1', [create(fork)], { environment: 'dev', at: at(2000) }))
    await catalog().publish(publication('p2', [move(orders, orders2), create(customers)], { at: at(3000) }))
    await catalog().publish(publication('p3', [drop(customers)], { at: at(4000) }))
    expect(await seen('prod', id('p1'))).toEqual({ 'silver.orders': 'v1.json' })
    expect(await seen('prod', at(3500))).toEqual({ 'silver.orders': 'v2.json', 'silver.customers': 'v1.json' })
    expect(await seen('prod', at(4000))).toEqual({ 'silver.orders': 'v2.json' })
    expect(await seen('dev', at(1500))).toEqual({ 'silver.orders': 'v1.json' })
    expect(await seen('dev', id('p2'))).toEqual({ 'silver.orders': 'f1.json', 'silver.customers': 'v1.json' })
    await expect(catalog().resolve('prod', at(1))).rejects.toThrow('lake/no-publication')
    await expect(catalog().resolve('prod', id('p9'))).rejects.toThrow('lake/no-publication')
  })

  test('does not run backwards with the clock of a publisher', async () => {
    await catalog().publish(publication('p1', [create(orders)], { at: at(5000) }))
    await catalog().publish(publication('p2', [move(orders, orders2)], { at: at(100) }))
    expect(await seen('prod', at(5000))).toEqual({ 'silver.orders': 'v2.json' })
    await expect(catalog().resolve('prod', at(4999))).rejects.toThrow('lake/no-publication')
  })
}

function findsByBeginning({ catalog }: Bench): void {
  test('the beginning of an id finds the publications of its environment, two at most', async () => {
    await catalog().createEnvironment({ name: 'dev' })
    let last: TableRef | null = null
    for (const one of ['ab1', 'ab2', 'ab3', 'b%']) {
      const next = refOf('silver.orders', one)
      await catalog().publish(publication(one, [last === null ? create(next) : move(last, next)]))
      last = next
    }
    await catalog().publish(publication('ab4', [create(customers)], { environment: 'dev' }))
    const found = async (prefix: string, environment = 'prod'): Promise<readonly string[]> =>
      await catalog().beginning(environment, prefix)
    expect(await found('ab')).toEqual(['ab1', 'ab2'])
    expect(await found('ab3')).toEqual(['ab3'])
    expect(await found('b')).toEqual(['b%'])
    expect(await found('%')).toEqual([])
    expect(await found('ab', 'dev')).toEqual(['ab4'])
  })
}

function keepsStates({ catalog }: Bench): void {
  test('states are kept by version, digits and all', async () => {
    const state: TableState = {
      ref: orders,
      shape: { schemaId: 0, fields: [], specId: 0, partition: [], sort: [], compression: 'zstd' },
      columns: { id: { type: 'int64', checks: [{ min: 9007199254740993n }] } },
      made: null,
      progress: { covered: [], position: {}, origin: '' as TableState['progress']['origin'] },
      data: '17',
      rows: 3,
      bytes: 4,
      files: 1,
      at: at(9),
    }
    const other = { ...state, ref: { ...orders2, forkOf: { uuid: orders.uuid, version: orders.version } }, rows: 5 }
    await catalog().keepStates([state, other])
    const asked = await catalog().states([orders.version, orders2.version, 'none'])
    expect(asked).toEqual(
      new Map([
        [orders.version, state],
        [orders2.version, other],
      ]),
    )
    // What a fork shows before its first commit is its base's.
    const shown = { ...state, ref: { ...orders, uuid: 'u9', forkOf: { uuid: orders.uuid, version: orders.version } } }
    await catalog().keepStates([shown])
    expect(await catalog().states([orders.version])).toEqual(new Map([[orders.version, state]]))
    await catalog().keepOnlyStatesOf(new Set([orders.version, 'none']))
    expect(await catalog().states([orders.version, orders2.version])).toEqual(new Map([[orders.version, state]]))
  })
}
