import type { Interval } from '../progress.ts'
import type { Instant } from '../words.ts'

/** Sorted, not overlapping, neighbours joined, nothing empty: the one form in which sets of time are compared. */
export function coalesce(intervals: readonly Interval[]): readonly Interval[] {
  const sorted = intervals.filter((one) => one.from < one.to).toSorted((a, b) => a.from - b.from || a.to - b.to)
  const out: Interval[] = []
  for (const one of sorted) {
    const last = out.at(-1)
    if (last === undefined || one.from > last.to) out.push(one)
    else if (one.to > last.to) out[out.length - 1] = { from: last.from, to: one.to }
  }
  return out
}

/** What of `all` is not in `without`. */
export function subtract(all: readonly Interval[], without: readonly Interval[]): readonly Interval[] {
  const holes = coalesce(without)
  return coalesce(all).flatMap((one) => {
    const rest: Interval[] = []
    let from = one.from
    for (const hole of holes) {
      if (hole.to <= from) continue
      if (hole.from >= one.to) break
      if (hole.from > from) rest.push({ from, to: hole.from })
      from = hole.to
    }
    if (from < one.to) rest.push({ from, to: one.to })
    return rest
  })
}

/** What is in both. */
export function intersect(a: readonly Interval[], b: readonly Interval[]): readonly Interval[] {
  const right = coalesce(b)
  return coalesce(a).flatMap((one) =>
    right
      .filter((other) => other.from < one.to && one.from < other.to)
      .map((other) => ({
        from: Math.max(one.from, other.from) as Instant,
        to: Math.min(one.to, other.to) as Instant,
      })),
  )
}
