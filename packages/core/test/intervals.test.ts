import fc from 'fast-check'
import { coalesce, type Instant, type Interval, intersect, subtract } from '@millrace/core'
import { expect, test } from 'vitest'

const interval = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 12 }))
  .map(([from, length]): Interval => ({ from: from as Instant, to: (from + length) as Instant }))
const intervals = fc.array(interval, { maxLength: 8 })

/** The oracle: a set of time as the set of its whole moments. */
const moments = (list: readonly Interval[]): ReadonlySet<number> =>
  new Set(list.flatMap(({ from, to }) => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)))

const sorted = (set: ReadonlySet<number>): readonly number[] => [...set].toSorted((a, b) => a - b)

test('coalescing keeps every moment, sorts, and leaves gaps between neighbours', () => {
  fc.assert(
    fc.property(intervals, (list) => {
      const out = coalesce(list)
      expect(sorted(moments(out))).toEqual(sorted(moments(list)))
      for (const [i, one] of out.entries()) {
        expect(one.from).toBeLessThan(one.to)
        expect(out[i - 1]?.to ?? -1).toBeLessThan(one.from)
      }
    }),
  )
})

test('subtracting leaves exactly the moments that only the first has', () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      const right = moments(b)
      expect(sorted(moments(subtract(a, b)))).toEqual(sorted(moments(a)).filter((one) => !right.has(one)))
    }),
  )
})

test('intersecting leaves exactly the moments that both have, whichever comes first', () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      const right = moments(b)
      expect(sorted(moments(intersect(a, b)))).toEqual(sorted(moments(a)).filter((one) => right.has(one)))
      expect(intersect(a, b)).toEqual(intersect(b, a))
    }),
  )
})

test('a set is the sum of what it shares with another and of what it does not', () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      expect(coalesce([...intersect(a, b), ...subtract(a, b)])).toEqual(coalesce(a))
    }),
  )
})
