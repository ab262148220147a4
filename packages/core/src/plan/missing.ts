import type { Covered, Interval } from '../progress.ts'
import { coalesce, intersect, subtract } from '../time/intervals.ts'
import { floorTo, type Grain, step, widen } from '../time/grain.ts'
import type { Node } from '../graph/graph.ts'
import type { Hash, Instant } from '../words.ts'
import type { Observed } from './observed.ts'

export interface Wanted {
  readonly grain: Grain
  readonly lookback: number
  /** Whole grains that ought to be there. */
  readonly intervals: readonly Interval[]
  /** Whole grains that may be computed: these, and what was filled where the inputs have no rows any more. */
  readonly may: readonly Interval[]
  /** Definitions whose work still counts; null: any. */
  readonly accepts: ReadonlySet<Hash> | null
  /** What came into the inputs since an interval was filled from these versions. */
  readonly changedSince: (covered: Covered) => readonly Interval[]
}

/**
 * The grains that were never filled, were filled by another definition, or whose rows changed in an input; with as many of
 * those before new ones as the model looks back.
 */
export function missing(wanted: Wanted, covered: readonly Covered[]): readonly Interval[] {
  const { grain, lookback, intervals, may, accepts } = wanted
  const valid = covered.filter(({ by }) => accepts === null || accepts.has(by))
  const filled = valid.map(({ interval }) => interval)
  const never = subtract(intervals, filled)
  const before = never.map(({ from }) => ({ from: step(grain, from, -lookback), to: from }))
  const reopened = valid.flatMap((one) => intersect(lateFor(wanted, one), [one.interval]))
  const open = coalesce([...never, ...intersect(before, filled), ...reopened]).map((one) => widen(grain, one))
  return intersect(open, may)
}

/** The grains that rows which came since would change. */
export function lateFor(
  wanted: Pick<Wanted, 'grain' | 'lookback' | 'changedSince'>,
  one: Covered,
): readonly Interval[] {
  return wanted.changedSince(one).map((changed) => lookedBack(wanted, widen(wanted.grain, changed)))
}

/** A model that looks back reads earlier rows, so a late row also reaches the grains after it. */
function lookedBack({ grain, lookback }: Pick<Wanted, 'grain' | 'lookback'>, one: Interval): Interval {
  return lookback === 0 ? one : { from: one.from, to: step(grain, (one.to - 1) as Instant, 1 + lookback) }
}

/** Coverage after `filled` was computed: the new claim replaces older ones where they overlap. */
export function cover(
  covered: readonly Covered[],
  filled: readonly Interval[],
  claim: Omit<Covered, 'interval'>,
): readonly Covered[] {
  const kept = covered.flatMap((one) => subtract([one.interval], filled).map((interval) => ({ ...one, interval })))
  const made = filled.map((interval) => ({ interval, ...claim }))
  const sorted = [...kept, ...made].toSorted((a, b) => a.interval.from - b.interval.from)
  const out: Covered[] = []
  for (const one of sorted) {
    const last = out.at(-1)
    const joins = last !== undefined && last.interval.to === one.interval.from && sameClaim(last, one)
    if (joins) out[out.length - 1] = { ...last, interval: { from: last.interval.from, to: one.interval.to } }
    else out.push(one)
  }
  return out
}

const sameClaim = (a: Covered, b: Covered): boolean =>
  a.by === b.by &&
  Object.keys(a.of).length === Object.keys(b.of).length &&
  Object.entries(a.of).every(([name, version]) => b.of[name] === version)

/** What is covered and not kept, of the time that the definition wants. */
export function lostOf(
  intervals: Node['intervals'],
  covered: readonly Covered[],
  kept: readonly Interval[],
): readonly Interval[] {
  if (intervals === undefined) return []
  const { grain, start } = intervals
  const from = start === null ? (Number.NEGATIVE_INFINITY as Instant) : floorTo(grain, start)
  const lost = subtract(
    covered.map(({ interval }) => interval),
    kept,
  )
  return intersect(lost, [{ from, to: Number.POSITIVE_INFINITY as Instant }])
}

/** The grains in which the inputs of a node have rows. */
export function wantedOf({ intervals, inputs }: Node, { extents }: Pick<Observed, 'extents'>): readonly Interval[] {
  if (intervals === undefined) return []
  const spans = inputs.flatMap(({ table, window }) =>
    window === undefined ? [] : (extents.get(`${table}.${window}`) ?? []),
  )
  return wantedIntervals(intervals.grain, intervals.start, spans)
}

/** Whole grains from the first row (or the declared start) to the last row. */
export function wantedIntervals(
  grain: Grain,
  start: Instant | null,
  extents: readonly Interval[],
): readonly Interval[] {
  if (extents.length === 0) return []
  const from = start ?? floorTo(grain, Math.min(...extents.map((one) => one.from)) as Instant)
  const last = Math.max(...extents.map((one) => one.to)) as Instant
  const to = widen(grain, { from: last, to: last }).to
  return from < to ? [{ from: floorTo(grain, from), to }] : []
}
