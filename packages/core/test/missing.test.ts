import fc from 'fast-check'
import {
  coalesce,
  cover,
  type Covered,
  type Hash,
  type Instant,
  type Interval,
  lostOf,
  missing,
  parseInstant,
  wantedIntervals,
} from '@millrace/core'
import { describe, expect, test } from 'vitest'

const day = 86_400_000
const at = (text: string): Instant => parseInstant(text) as Instant
const span = (from: string, to: string): Interval => ({ from: at(from), to: at(to) })
const covered = (from: string, to: string, by = 'v1', of: Record<string, string> = {}): Covered => ({
  interval: span(from, to),
  by: by as Hash,
  of,
})

const ask = (
  intervals: readonly Interval[],
  done: readonly Covered[],
  more: Partial<Parameters<typeof missing>[0]> = {},
): readonly Interval[] =>
  missing(
    {
      grain: 'day',
      lookback: 0,
      intervals,
      may: [...intervals, ...done.map(({ interval }) => interval)],
      accepts: new Set(['v1' as Hash]),
      changedSince: () => [],
      ...more,
    },
    done,
  )

test('what is lost is what was covered, is not kept, and is wanted from the start on', () => {
  const done = [covered('2026-01-01', '2026-01-06')]
  const lost = (start: string | null): readonly Interval[] =>
    lostOf({ grain: 'day', lookback: 0, start: start === null ? null : at(start) }, done, [
      span('2026-01-04', '2026-01-05'),
    ])
  expect(lost(null)).toEqual([span('2026-01-01', '2026-01-04'), span('2026-01-05', '2026-01-06')])
  expect(lost('2026-01-02T12:00Z')).toEqual([span('2026-01-02', '2026-01-04'), span('2026-01-05', '2026-01-06')])
  expect(lost('2026-01-05')).toEqual([span('2026-01-05', '2026-01-06')])
  expect(lostOf(undefined, done, [])).toEqual([])
})

describe('missing', () => {
  const week = [span('2026-01-01', '2026-01-08')]

  test('names the days that nobody filled', () => {
    expect(ask(week, [covered('2026-01-02', '2026-01-04')])).toEqual([
      span('2026-01-01', '2026-01-02'),
      span('2026-01-04', '2026-01-08'),
    ])
  })

  test('does not count what another definition filled', () => {
    expect(ask(week, [covered('2026-01-01', '2026-01-08', 'old')])).toEqual(week)
  })

  test('counts what any definition filled when changes hold only forward', () => {
    expect(ask(week, [covered('2026-01-01', '2026-01-08', 'old')], { accepts: null })).toEqual([])
  })

  test('opens the whole day in which a late row lies', () => {
    const late = [{ from: at('2026-01-03T10:15'), to: at('2026-01-03T10:16') }]
    expect(ask(week, [covered('2026-01-01', '2026-01-08')], { changedSince: () => late })).toEqual([
      span('2026-01-03', '2026-01-04'),
    ])
  })

  test('opens the days after it too, when the model looks back', () => {
    const late = [{ from: at('2026-01-03T10:15'), to: at('2026-01-03T10:16') }]
    const open = ask(week, [covered('2026-01-01', '2026-01-08')], { changedSince: () => late, lookback: 2 })
    expect(open).toEqual([span('2026-01-03', '2026-01-06')])
  })

  test('opens the days before a new one, when the model looks back', () => {
    const done = [covered('2026-01-01', '2026-01-07')]
    expect(ask(week, done, { lookback: 2 })).toEqual([span('2026-01-05', '2026-01-08')])
    expect(ask(week, [covered('2026-01-01', '2026-01-08')], { lookback: 2 })).toEqual([])
  })

  test('opens a day that was filled and has no rows any more', () => {
    const left = [span('2026-01-02', '2026-01-03')]
    const done = [covered('2026-01-01', '2026-01-05')]
    const moved = [span('2026-01-02', '2026-01-05')]
    expect(ask(left, done, { changedSince: () => moved })).toEqual(moved)
    expect(ask([], done, { changedSince: (one) => [one.interval] })).toEqual([span('2026-01-01', '2026-01-05')])
  })

  test('after everything missing was covered, nothing is missing', () => {
    const some = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 6 })), { maxLength: 6 })
    const toDays = (pairs: readonly (readonly [number, number])[]): readonly Interval[] =>
      pairs.map(([from, length]) => ({ from: (from * day) as Instant, to: ((from + length) * day) as Instant }))
    fc.assert(
      fc.property(some, some, (wanted, done) => {
        const intervals = coalesce(toDays(wanted))
        const before = cover([], coalesce(toDays(done)), { by: 'v1' as Hash, of: {} })
        const open = ask(intervals, before)
        expect(ask(intervals, cover(before, open, { by: 'v1' as Hash, of: {} }))).toEqual([])
      }),
    )
  })
})

describe('cover', () => {
  test('a new claim replaces the old one where they overlap and joins an equal neighbour', () => {
    const before = [covered('2026-01-01', '2026-01-05', 'v1', { a: '1' })]
    const after = cover(before, [span('2026-01-03', '2026-01-04')], { by: 'v1' as Hash, of: { a: '2' } })
    expect(after).toEqual([
      covered('2026-01-01', '2026-01-03', 'v1', { a: '1' }),
      covered('2026-01-03', '2026-01-04', 'v1', { a: '2' }),
      covered('2026-01-04', '2026-01-05', 'v1', { a: '1' }),
    ])
    expect(cover(after, [span('2026-01-03', '2026-01-04')], { by: 'v1' as Hash, of: { a: '1' } })).toEqual(before)
  })
})

test.for([
  ['hour', '2026-03-01T10:00', '2026-03-02T12:00'],
  ['day', '2026-03-01', '2026-03-03'],
  ['month', '2026-03-01', '2026-04-01'],
  ['year', '2026-01-01', '2027-01-01'],
] as const)('whole %ss cover the rows from the first to the last', ([grain, from, to]) => {
  const rows = { from: at('2026-03-01T10:30'), to: at('2026-03-02T11:45') }
  expect(wantedIntervals(grain, null, [rows])).toEqual([span(from, to)])
})
