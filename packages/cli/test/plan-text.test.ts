// A plan as people read it, whole: what happens to each table, why, for which slices, and what it may cost.
import {
  type Estimate,
  type Instant,
  type Plan,
  parseInstant,
  type Slice,
  type Step,
  type TableName,
} from '@millrace/core'
import { expect, test } from 'vitest'
import { graphOf, hash } from '../../core/test/support/small-world.ts'
import { renderPlan } from '../src/terminal/plan.ts'
import { plain, type Screen } from '../src/terminal/screen.ts'

const graph = graphOf({
  'raw.orders': {},
  'silver.orders': { reads: ['raw.orders'], write: { interval: 'id' }, byDay: true },
})

const unknown: Estimate = { readBytes: 0, writeBytes: 0, seconds: null, basis: 'unknown' }
/** What neither computes nor moves rows. */
const nothing: Estimate = { readBytes: 0, writeBytes: 0, seconds: [0, 0], basis: 'statistics' }
const sizes = (readBytes: number, writeBytes: number): Estimate => ({
  readBytes,
  writeBytes,
  seconds: null,
  basis: 'statistics',
})
const days = (from: string, to: string): Slice => ({
  interval: { from: parseInstant(from) as Instant, to: parseInstant(to) as Instant },
})

function step(table: TableName, action: Step['action'], more: Partial<Step>): Step {
  const empty = { slices: [], after: [], checkedAfter: [], changes: [], estimate: unknown, why: [] }
  return { id: table, node: table, tables: [table], action, ...empty, ...more }
}

const planOf = (steps: readonly Step[], unchanged: readonly TableName[] = []): Plan => ({
  id: hash('plan'),
  environment: 'dev',
  on: null,
  steps,
  unchanged,
  refusals: [],
  notes: [],
  issues: [],
  options: {},
})

const steps: readonly Step[] = [
  step('raw.orders', 'load', {
    why: [{ reason: 'new-data', items: 2, bytes: 3_000_000 }],
    estimate: { readBytes: 3_000_000, writeBytes: 1_500_000, seconds: [1, 4], basis: 'history' },
  }),
  step('silver.orders', 'run', {
    after: ['raw.orders'],
    why: [
      { reason: 'follows', table: 'raw.orders' },
      { reason: 'changed', change: { change: 'promise' } },
    ],
    slices: [
      days('2026-01-01', '2026-01-02'),
      days('2026-01-05', '2026-01-07'),
      days('2026-02-01', '2026-02-02'),
      days('2026-03-01', '2026-03-02'),
      days('2026-04-01', '2026-04-03'),
    ],
    estimate: sizes(20_000, 1000),
  }),
  step('gold.new', 'create', {
    after: ['silver.orders'],
    why: [{ reason: 'new' }],
    slices: [{ all: true }],
  }),
  step('gold.sums', 'rebuild', {
    why: [{ reason: 'changed', change: { change: 'values', columns: ['revenue', 'cost'] } }],
    slices: [{ all: true }],
    estimate: { readBytes: 200_000_000, writeBytes: 100, seconds: [20, 20], basis: 'history' },
  }),
  step('gold.sorted', 'relayout', {
    why: [{ reason: 'changed', change: { change: 'layout' } }],
    slices: [{ all: true }],
    estimate: sizes(500, 500),
  }),
  step('gold.noted', 'restamp', {
    why: [{ reason: 'changed', change: { change: 'promise' } }],
    estimate: nothing,
  }),
  step('gold.old', 'drop', { why: [{ reason: 'no-definition' }], estimate: nothing }),
  step('gold.code', 'run', { why: [{ reason: 'asked', option: 'restate' }] }),
]

test('each step says what, why, for which slices and at what cost', () => {
  expect(renderPlan(planOf(steps, ['gold.a', 'gold.b']), graph, plain)).toBe(`8 steps in dev; 2 tables unchanged.

↓ raw.orders loads what is new
    because 2 new items wait in the source
    reads about 3.0 MB, writes about 1.5 MB, 1.0 to 4.0 s judging by earlier runs

~ silver.orders is brought up to date
    because raw.orders changes in this plan
    because its checks, notes or schedule changed
    for 2026-01-01 to 2026-01-02; 2026-01-05 to 2026-01-07; 2026-02-01 to 2026-02-02 and 2 more (7 days)
    reads about 20.0 kB, writes about 1.0 kB

+ gold.new is built
    because it is not there yet
    cost known once its inputs are there

± gold.sums is built anew
    because the columns revenue, cost are computed differently
    reads about 200 MB, writes about 100 B, 20 s judging by earlier runs

≡ gold.sorted is laid out anew, nothing is computed
    because its layout on disk changes (partition, sort or compression)
    reads about 500 B, writes about 500 B

✎ gold.noted gets new metadata, no data moves
    because its checks, notes or schedule changed
    reads about 0 B, writes about 0 B

- gold.old is dropped
    because nothing in the project defines it any more
    reads about 0 B, writes about 0 B

~ gold.code is brought up to date
    because asked for with restate
    cost not known yet

reads about 203 MB
`)
})

test('three slices are all named, and where every step was timed before, so is the whole', () => {
  const timed: Estimate = { readBytes: 1000, writeBytes: 10, seconds: [0.5, 8], basis: 'history' }
  const slices = [days('2026-01-01', '2026-01-02'), days('2026-01-03', '2026-01-04'), days('2026-01-05', '2026-01-06')]
  const timedSteps = [
    step('silver.orders', 'run', { slices, estimate: timed }),
    step('gold.keys', 'run', { slices: [{ keys: { of: 'gold.keys', where: 'id in (1, 2)' } }], estimate: timed }),
  ]
  expect(renderPlan(planOf(timedSteps, ['gold.a']), graph, plain)).toBe(`2 steps in dev; 1 table unchanged.

~ silver.orders is brought up to date
    for 2026-01-01 to 2026-01-02; 2026-01-03 to 2026-01-04; 2026-01-05 to 2026-01-06 (3 days)
    reads about 1.0 kB, writes about 10 B, 0.5 to 8.0 s judging by earlier runs

~ gold.keys is brought up to date
    for rows where id in (1, 2)
    reads about 1.0 kB, writes about 10 B, 0.5 to 8.0 s judging by earlier runs

reads about 2.0 kB, 1.0 to 16 s
`)
})

test('a plan without steps says that all is up to date, and the marks have colours', () => {
  expect(renderPlan(planOf([], ['gold.a', 'gold.b']), graph, plain)).toBe(
    'Nothing to do: 2 tables up to date in dev.\n',
  )
  const named: Screen = { ...plain, paint: (style, text) => `<${style}>${text}</>` }
  const text = renderPlan(planOf(steps), graph, named)
  const marks = ['<cyan>↓', '<blue>~', '<green>+', '<yellow>±', '<blue>≡', '<blue>✎', '<red>-']
  expect(marks.filter((mark) => !text.includes(`\n${mark}</> <bold>`))).toEqual([])
  expect(text).toContain('\n<dim>    cost not known yet</>\n')
})
