import type { Covered, Interval, Position } from '../progress.ts'
import { subtract, intersect } from '../time/intervals.ts'

/** What came into the inputs since an interval was filled, already widened to whole grains. */
export type ChangedSince = (covered: Covered) => readonly Interval[]

/** The claims as they could be made today: where nothing came since, an interval might as well have been filled from the
 * versions of now. So a table that fills a day at a time names few versions of its inputs, and the others may be forgotten. */
export function asOfNow(covered: readonly Covered[], changedSince: ChangedSince, now: Position): readonly Covered[] {
  return covered.flatMap((one) => {
    const changed = intersect(changedSince(one), [one.interval])
    const rest = subtract([one.interval], changed)
    return [
      ...changed.map((interval) => ({ ...one, interval })),
      ...rest.map((interval) => ({ ...one, interval, of: now })),
    ]
  })
}
