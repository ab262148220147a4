import fc from 'fast-check'
import {
  issue,
  plan,
  type Plan,
  sayReason,
  type Step,
  type TableName,
  parseInstant,
  type Instant,
  type Interval,
  selectNodes,
  estimate,
} from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { graphOf, hash, Place, type Small, type World } from './support/small-world.ts'

const day = (from: string, to: string): Interval => ({
  from: parseInstant(from) as Instant,
  to: parseInstant(to) as Instant,
})
const steps = (made: Plan): readonly string[] => made.steps.map((one) => `${one.node}: ${one.action}`)
const reasons = (made: Plan, node: string): readonly string[] => (stepOf(made, node)?.why ?? []).map(sayReason)
const stepOf = (made: Plan, node: string): Step | undefined => made.steps.find((one) => one.node === node)
const refused = (made: Plan): readonly string[] => made.refusals.map((one) => one.code)

/** A place to which this project was applied. */
function applied(world: World): Place {
  const place = new Place()
  for (const [name, { reads }] of Object.entries(world)) {
    place.extents.set(name as TableName, day('2026-01-01', '2026-01-04'))
    if (reads === undefined) place.pending.set(name, 1)
  }
  const graph = graphOf(world)
  place.apply(graph, place.plan(graph))
  return place
}

const shop: World = {
  'raw.orders': {},
  'silver.orders': { reads: ['raw.orders'], text: 'all' },
  'gold.sales': { reads: ['silver.orders'], text: 'sums' },
  'gold.names': { reads: ['raw.orders'], text: 'names' },
}

/** Changes that the definition of one table can have. */
const edits: Readonly<Record<string, (small: Small) => Small>> = {
  rows: (small) => ({ ...small, text: `${small.text ?? ''}+` }),
  value: (small) => ({ ...small, values: { ...small.values, id: 'id + 1' } }),
  added: (small) => ({ ...small, values: { id: 'id', ...small.values, more: 'more' } }),
  promise: (small) => ({ ...small, note: 'noted' }),
  layout: (small) => ({ ...small, sort: ['id'] }),
}

const worlds: fc.Arbitrary<World> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('replace', 'append', 'merge', 'view', 'byDay', 'source'),
      reads: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => {
    const world: Record<TableName, Small> = { 't.n0': {} }
    for (const [i, { kind, reads }] of list.entries()) {
      const below = [...new Set(reads.map((one): TableName => `t.n${one % (i + 1)}`))]
      world[`t.n${i + 1}`] = below.length === 0 ? {} : modelOf(kind, below, world)
    }
    return world
  })

function modelOf(kind: string, reads: readonly TableName[], world: World): Small {
  const overView = reads.some((table) => world[table]?.write === 'view')
  if (kind === 'source') return {}
  if (kind === 'byDay' && !overView) return { reads, byDay: true, write: { interval: 'id' } }
  if (kind === 'append' && overView) return { reads, write: 'replace' }
  if (kind === 'merge') return { reads, write: { merge: 'id' } }
  if (kind === 'append') return { reads, modes: Object.fromEntries(reads.map((one) => [one, 'changes'])), write: kind }
  return { reads, write: kind === 'byDay' ? 'replace' : (kind as 'replace' | 'view') }
}

describe('laws', () => {
  test('the order of definitions changes nothing', () => {
    fc.assert(
      fc.property(worlds, fc.infiniteStream(fc.nat()), (world, numbers) => {
        const shuffled = Object.entries(world).map((entry) => ({ entry, at: numbers.next().value as number }))
        const other = Object.fromEntries(shuffled.toSorted((a, b) => a.at - b.at).map(({ entry }) => entry))
        expect(new Place().plan(graphOf(other))).toEqual(new Place().plan(graphOf(world)))
      }),
      { numRuns: 100 },
    )
  })

  test('after a plan was applied there is nothing to do, whatever was edited and whatever arrived', () => {
    fc.assert(
      fc.property(
        worlds,
        fc.nat(),
        fc.constantFrom(...Object.keys(edits)),
        fc.boolean(),
        (world, which, edit, arrives) => {
          const place = applied(world)
          expect(steps(place.plan(graphOf(world)))).toEqual([])
          const names = Object.keys(world) as TableName[]
          const name = names[which % names.length] as TableName
          const next: World = { ...world, [name]: (edits[edit] as (small: Small) => Small)(world[name] as Small) }
          const graph = graphOf(next)
          if (arrives) place.pending.set('t.n0', 1)
          place.apply(graph, place.plan(graph))
          // Rows first: what got rows is laid out anew in the next run.
          const rest = place.plan(graph)
          const later = arrives && edit === 'layout' ? [[], [`${name}: relayout`]] : [[]]
          expect(later).toContainEqual(steps(rest))
          place.apply(graph, rest)
          expect(steps(place.plan(graph))).toEqual([])
        },
      ),
      { numRuns: 300 },
    )
  })

  test('each step comes after those that it waits for', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const seen = new Set<string>()
        for (const step of new Place().plan(graphOf(world)).steps) {
          expect([...step.after, ...step.checkedAfter].filter((id) => !seen.has(id))).toEqual([])
          seen.add(step.id)
        }
      }),
    )
  })
})

describe('what an edit touches', () => {
  const cases: readonly (readonly [edit: string, on: TableName, touched: readonly string[]])[] = [
    ['rows', 'silver.orders', ['silver.orders: rebuild', 'gold.sales: rebuild']],
    ['value', 'silver.orders', ['silver.orders: rebuild', 'gold.sales: rebuild']],
    ['added', 'silver.orders', ['silver.orders: rebuild', 'gold.sales: run']],
    ['promise', 'silver.orders', ['silver.orders: restamp']],
    ['layout', 'silver.orders', ['silver.orders: relayout']],
    ['promise', 'raw.orders', ['raw.orders: restamp']],
    ['rows', 'gold.names', ['gold.names: rebuild']],
  ]
  test.each(cases)('%s of %s: %j', (edit, on, touched) => {
    const place = applied(shop)
    const next = { ...shop, [on]: (edits[edit] as (small: Small) => Small)(shop[on] as Small) }
    expect(steps(place.plan(graphOf(next)))).toEqual(touched)
  })

  test('a column that is gone from what its inputs tell again costs no data work', () => {
    const wide: World = { ...shop, 'silver.orders': { ...shop['silver.orders'], values: { id: 'id', more: 'more' } } }
    const place = applied(wide)
    expect(steps(place.plan(graphOf(shop)))).toEqual(['silver.orders: restamp'])
    expect(reasons(place.plan(graphOf(shop)), 'silver.orders')).toEqual(['the column more is gone'])
  })

  test('with forwardOnly the change holds from now on', () => {
    const place = applied(shop)
    const next: World = { ...shop, 'gold.names': { reads: ['raw.orders'], text: 'others', forwardOnly: true } }
    expect(steps(place.plan(graphOf(next)))).toEqual(['gold.names: restamp'])
  })

  test.each([
    ['into', { merge: 'id' }, { history: 'id', type: 2, changedAt: 'id' }],
    ['out of', { history: 'id', type: 2, changedAt: 'id' }, { merge: 'id' }],
  ] as const)('a change %s a history cannot: all rows are versions, or none is', (_, write, then) => {
    const names: Small = { reads: ['raw.orders'], write, forwardOnly: true }
    const next: World = { 'raw.orders': {}, 'gold.names': { ...names, write: then } }
    const made = applied({ ...next, 'gold.names': names }).plan(graphOf(next))
    expect(steps(made)).toEqual(['gold.names: rebuild'])
  })
})

describe('reasons', () => {
  test('a first plan, new data, an edit and a question each say why', () => {
    const graph = graphOf(shop)
    const first = new Place().plan(graph)
    expect(reasons(first, 'gold.sales')).toEqual(['it is not there yet'])
    const place = applied(shop)
    place.pending.set('raw.orders', 2)
    const more = place.plan(graph)
    expect(reasons(more, 'raw.orders')).toEqual(['2 new items wait in the source'])
    expect(reasons(more, 'silver.orders')).toEqual(['raw.orders changes in this plan'])
    place.apply(graph, place.plan(graph, { select: ['raw.orders'] }))
    expect(reasons(place.plan(graph), 'silver.orders')).toEqual(['raw.orders has a newer version'])
    expect(reasons(place.plan(graph, { fullRefresh: true }), 'gold.names')).toEqual(['asked for with --full-refresh'])
    expect(reasons(place.plan(graph, { restate: ['gold.names'] }), 'gold.names')[0]).toBe('asked for with restate')
  })

  test('an interval model names the days that are open', () => {
    const world: World = {
      'raw.orders': {},
      'gold.daily': { reads: ['raw.orders'], byDay: true, write: { interval: 'id' } },
    }
    const place = applied(world)
    const graph = graphOf(world)
    expect(steps(place.plan(graph))).toEqual([])
    place.extents.set('raw.orders', day('2026-01-01', '2026-01-06'))
    const made = place.plan(graph)
    expect(stepOf(made, 'gold.daily')?.slices).toEqual([{ interval: day('2026-01-04', '2026-01-06') }])
    expect(reasons(made, 'gold.daily')).toEqual(['not filled yet, or with late rows: 2026-01-04 to 2026-01-06'])
    const within = place.plan(graph, { within: day('2026-01-05', '2026-01-06') })
    expect(stepOf(within, 'gold.daily')?.slices).toEqual([{ interval: day('2026-01-05', '2026-01-06') }])
  })
})

describe('refusals', () => {
  const wide: Small = { values: { id: 'id', more: 'more' } }
  const read: Small = { reads: ['raw.orders'] }
  test.each<readonly [what: string, before: Small, after: Small, goes: string | null]>([
    ['a source', wide, {}, 'raw.orders: restamp'],
    ['an append', { ...wide, ...read, write: 'append' }, { values: { id: 'id' } }, 't.it: restamp'],
    ['a merge', { ...wide, ...read, write: { merge: 'id' } }, { values: { id: 'id' } }, 't.it: restamp'],
    [
      'a history',
      { ...wide, ...read, write: { history: 'id', type: 2, changedAt: 'id', track: ['id'] } },
      { values: { id: 'id' } },
      't.it: restamp',
    ],
    ['what changes forward only', { ...wide, ...read, forwardOnly: true }, { values: { id: 'id' } }, 't.it: restamp'],
    ['a new layout', { ...wide, ...read, write: 'append' }, { values: { id: 'id' }, sort: ['id'] }, 't.it: relayout'],
  ])('%s loses a column only where that is allowed by name', (_, before, change, goes) => {
    const name = before.reads === undefined ? 'raw.orders' : 't.it'
    const world: World = { 'raw.orders': wide, [name]: before }
    const graph = graphOf({ ...world, [name]: before.reads === undefined ? change : { ...before, ...change } })
    const place = applied(world)
    const made = place.plan(graph)
    expect([steps(made), made.refusals.map(({ code, params }) => [code, params])]).toEqual([
      [],
      [['plan/would-lose-columns', { table: name, columns: 'more' }]],
    ])
    const allowed = place.plan(graph, { allow: [name] })
    expect([steps(allowed), refused(allowed)]).toEqual([[goes], []])
    place.apply(graph, allowed)
    expect([steps(place.plan(graph)), refused(place.plan(graph))]).toEqual([[], []])
  })

  test('days that the inputs do not tell any more keep their columns', () => {
    const daily: Small = { ...wide, ...read, byDay: true, write: { interval: 'id' } }
    const world: World = { 'raw.orders': wide, 't.it': daily }
    const graph = graphOf({ ...world, 't.it': { ...daily, values: { id: 'id' } } })
    const place = applied(world)
    expect(steps(place.plan(graph))).toEqual(['t.it: restamp'])
    place.extents.set('raw.orders', day('2026-01-02', '2026-01-04'))
    expect(refused(place.plan(graph))).toEqual(['plan/would-lose-columns'])
  })

  test('a table without a definition is kept, unless its drop is allowed by name', () => {
    const { 'gold.names': _, ...rest } = shop
    const place = applied(shop)
    const graph = graphOf(rest)
    const made = place.plan(graph)
    expect([steps(made), refused(made)]).toEqual([[], ['plan/would-drop']])
    const allowed = place.plan(graph, { allow: ['Gold.Names'] })
    expect([steps(allowed), refused(allowed), allowed.notes]).toEqual([['gold.names: drop'], [], []])
    const misspelled = place.plan(graph, { allow: ['gold.nams', 'RAW.orders'] })
    expect([steps(misspelled), refused(misspelled)]).toEqual([[], ['plan/would-drop']])
    expect(misspelled.notes.map(({ code, candidates }) => [code, candidates])).toEqual([
      ['plan/unknown-allowed', ['gold.names', 'gold.sales']],
    ])
    place.apply(graph, allowed)
    expect([steps(place.plan(graph)), refused(place.plan(graph))]).toEqual([[], []])
  })

  const kept: World = {
    'raw.orders': {},
    'silver.now': { reads: ['raw.orders'], write: 'replace', takesSome: true },
    'gold.history': { reads: ['silver.now'], write: { history: 'id', type: 2, changedAt: 'id' } },
    'gold.after': { reads: ['gold.history'] },
  }
  const edited: World = { ...kept, 'gold.history': { ...kept['gold.history'], text: 'other' } }

  test('history over an overwritten input is not built again, nor what hangs on it, unless it is allowed', () => {
    const place = applied(kept)
    const made = place.plan(graphOf(edited))
    expect([steps(made), refused(made)]).toEqual([[], ['plan/would-lose-history']])
    const allowed = place.plan(graphOf(edited), { allow: ['gold.history'] })
    expect([steps(allowed), refused(allowed)]).toEqual([['gold.history: rebuild', 'gold.after: rebuild'], []])
  })

  test('nor where another program wrote the table, unless it goes on from there', () => {
    const place = applied(kept)
    const state = place.tables.get('gold.history')
    if (state === undefined) throw new Error('it was applied')
    place.tables.set('gold.history', { ...state, made: null })
    const made = place.plan(graphOf(kept))
    expect([steps(made), refused(made)]).toEqual([[], ['plan/would-lose-history']])
    place.tables.set('gold.after', { ...state, ref: { ...state.ref, table: 'gold.after' }, made: null })
    const free = place.plan(graphOf(kept), { select: ['gold.after'] })
    expect([steps(free), reasons(free, 'gold.after')]).toEqual([
      ['gold.after: rebuild'],
      ['another program has written it'],
    ])
    const forward = { ...kept, 'gold.history': { ...kept['gold.history'], forwardOnly: true } }
    expect(steps(place.plan(graphOf(forward), { select: ['gold.history'] }))).toEqual(['gold.history: restamp'])
  })

  test.each([
    ['versions that began when runs did', { write: { history: 'id', type: 2 } }, true],
    ['what other rows decide', { takesSome: true }, true],
    ['every row', { takesSome: false }, false],
    ['no history of versions', { write: { history: 'id', type: 1 } }, false],
  ] as const)('history over an input that keeps all: %s', (_, small, isLost) => {
    const history: Small = { reads: ['raw.orders'], write: { history: 'id', type: 2, changedAt: 'id' }, ...small }
    const world: World = { 'raw.orders': {}, 'gold.history': history }
    const made = applied(world).plan(graphOf({ ...world, 'gold.history': { ...history, values: { id: 'id + 1' } } }))
    expect([steps(made), refused(made)]).toEqual(
      isLost ? [[], ['plan/would-lose-history']] : [['gold.history: rebuild'], []],
    )
  })

  test('where it is only shown, a change may be tried: promotion asks', () => {
    const place = applied(kept)
    place.shows = true
    const made = place.plan(graphOf(edited))
    expect([steps(made), refused(made)]).toEqual([['gold.history: rebuild', 'gold.after: rebuild'], []])
  })

  test('a full refresh is no way around it', () => {
    const made = applied(kept).plan(graphOf(kept), { fullRefresh: true })
    expect([steps(made), refused(made)]).toEqual([['silver.now: rebuild'], ['plan/would-lose-history']])
  })

  test('an interval model whose inputs have no times is left as it is, unless they may have once others ran', () => {
    const world: World = {
      'raw.orders': {},
      'gold.daily': { reads: ['raw.orders'], byDay: true, write: { interval: 'id' } },
      'gold.after': { reads: ['gold.daily'] },
    }
    const place = applied(world)
    place.untimed.set('gold.daily', [
      issue('plan/time-unknown', { table: 'raw.orders', column: 'id', file: '1.parquet', from: 'a', to: 'not known' }),
    ])
    const graph = graphOf({ ...world, 'gold.daily': { ...world['gold.daily'], text: 'other' } })
    for (const options of [{}, { fullRefresh: true }, { restate: ['gold.daily'] }]) {
      const made = place.plan(graph, options)
      expect([steps(made), refused(made)]).toEqual([[], ['plan/time-unknown']])
    }
    place.pending.set('raw.orders', 1)
    expect(refused(place.plan(graph))).toEqual([])
  })

  test('restating an append computes it anew: what it has read once would bring nothing', () => {
    const world: World = { 'raw.orders': {}, 'silver.log': { reads: ['raw.orders'], write: 'append' } }
    const place = applied(world)
    const made = place.plan(graphOf(world), { restate: ['silver.log'] })
    expect(stepOf(made, 'silver.log')?.slices).toEqual([{ all: true }])
  })
})

describe('checks that look at other tables', () => {
  test('wait for them, though not where they wait in turn', () => {
    const refers = (to: `${TableName}.${string}`) => ({ checks: [{ sql: `select * from ${to}` }] })
    const world: World = {
      'raw.a': {},
      'silver.a': { reads: ['raw.a'], ...refers('silver.b.id') },
      'silver.b': { reads: ['silver.a'], ...refers('silver.c.id') },
      'silver.c': { reads: ['raw.a'], ...refers('silver.b.id') },
    }
    const made = new Place().plan(graphOf(world))
    expect(made.steps.map((one) => [one.id, one.after, one.checkedAfter])).toEqual([
      ['raw.a', [], []],
      ['silver.a', ['raw.a'], []],
      ['silver.c', ['raw.a'], []],
      ['silver.b', ['silver.a'], ['silver.c']],
    ])
  })
})

describe('selection', () => {
  const tagged: World = { ...shop, 'gold.sales': { ...shop['gold.sales'], tags: ['nightly'] } }
  const cases: readonly (readonly [expressions: readonly string[], chosen: readonly string[]])[] = [
    [[], ['gold.names', 'gold.sales', 'raw.orders', 'silver.orders']],
    [['gold.sales'], ['gold.sales']],
    [['GOLD.Sales'], ['gold.sales']],
    [['gold.*'], ['gold.names', 'gold.sales']],
    [['+gold.sales'], ['gold.sales', 'raw.orders', 'silver.orders']],
    [['1+gold.sales'], ['gold.sales', 'silver.orders']],
    [['raw.orders+'], ['gold.names', 'gold.sales', 'raw.orders', 'silver.orders']],
    [['raw.orders+1'], ['gold.names', 'raw.orders', 'silver.orders']],
    [['tag:nightly'], ['gold.sales']],
    [['!gold.*'], ['raw.orders', 'silver.orders']],
    [['+gold.sales, !raw.orders'], ['gold.sales', 'silver.orders']],
  ]
  test.each(cases)('%j chooses %j', (expressions, chosen) => {
    const { nodes, issues } = selectNodes(graphOf(tagged), expressions)
    expect([[...nodes].toSorted(), issues]).toEqual([chosen, []])
  })

  test('a name that is none is an issue with the nearest', () => {
    for (const nothing of [[''], [' ,'], ['', '']])
      expect(selectNodes(graphOf(shop), nothing)).toMatchObject({
        nodes: new Set(),
        issues: [{ code: 'plan/nothing-selected' }],
      })
    const { issues } = selectNodes(graphOf(shop), ['gold.sale'])
    expect(issues.map((one) => [one.code, one.candidates?.[0]])).toEqual([['plan/nothing-selected', 'gold.sales']])
  })
})

describe('estimates', () => {
  const graph = graphOf(shop)
  test('come from what waits, from sizes, and from how fast it went before', () => {
    const place = applied(shop)
    place.pending.set('raw.orders', 3)
    const made = place.plan(graph)
    expect(stepOf(made, 'raw.orders')?.estimate).toMatchObject({ readBytes: 300, seconds: null, basis: 'statistics' })
    expect(stepOf(made, 'silver.orders')?.estimate).toMatchObject({ readBytes: 1000, writeBytes: 1000 })
    const [node, step] = [graph.nodes.get('silver.orders'), stepOf(made, 'silver.orders')]
    if (node === undefined || step === undefined) throw new Error('no step')
    const seen = { ...place.observe(graph), pace: { 'silver.orders': { bytesPerSecond: 500, runs: 1 } } }
    expect(estimate(node, step, seen)).toEqual({ readBytes: 1000, writeBytes: 1000, seconds: [1, 4], basis: 'history' })
  })

  test('of new metadata are nothing', () => {
    const place = applied(shop)
    const made = place.plan(graphOf({ ...shop, 'gold.names': { ...shop['gold.names'], note: 'noted' } }))
    expect(stepOf(made, 'gold.names')?.estimate).toMatchObject({ readBytes: 0, writeBytes: 0, seconds: [0, 0] })
  })
})

test('a name that another program took is an issue of the plan, where the table is to be made', () => {
  const place = new Place()
  const seen = { ...place.observe(graphOf(shop)), taken: new Set<TableName>(['gold.sales', 'other.things']) }
  const planned = (select?: string): readonly unknown[] => {
    const options = select === undefined ? {} : { select: [select] }
    return plan(graphOf(shop), seen, options, hash).issues.map(({ code, params }) => [code, params])
  }
  const refusal = ['lake/foreign-table', { table: 'gold.sales', environment: 'dev' }]
  expect(planned()).toEqual([refusal])
  expect(planned('gold.sales')).toEqual([refusal])
  expect(planned('gold.names')).toEqual([])
})
