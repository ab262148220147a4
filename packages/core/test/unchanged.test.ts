import type { Covered, Interval } from '@millrace/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { asOfNow } from '../src/plan/unchanged.ts'

const span = (from: number, to: number): Interval => ({ from, to }) as Interval
const claim = (from: number, to: number, version: string): Covered => ({
  interval: span(from, to),
  by: 'b' as Covered['by'],
  of: { in: version, lookup: 'l' },
})

test('where nothing came since, the claim names the versions of now; where rows came, it stays', () => {
  const now = asOfNow([claim(0, 10, 'v1'), claim(10, 20, 'v2')], () => [span(4, 6), span(18, 30)], { in: 'v3' })
  expect(now.map(({ interval, of }) => [interval.from, interval.to, of['in'], of['lookup']])).toEqual([
    [4, 6, 'v1', 'l'],
    [0, 4, 'v3', undefined],
    [6, 10, 'v3', undefined],
    [18, 20, 'v2', 'l'],
    [10, 18, 'v3', undefined],
  ])
})

test('it covers what was covered, and no changed moment is called unchanged', () => {
  const intervals = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 20 })).map(([at, length]) => span(at, at + length))
  fc.assert(
    fc.property(intervals, fc.array(intervals, { maxLength: 5 }), (whole, changed) => {
      const now = asOfNow([{ ...claim(0, 0, 'v1'), interval: whole }], () => changed, { in: 'v2' })
      for (let at = 0; at < 70; at++) {
        const holds = (one: Interval): boolean => one.from <= at && at < one.to
        const said = now.filter(({ interval }) => holds(interval)).map(({ of }) => of['in'])
        expect(said).toEqual(holds(whole) ? [changed.some(holds) ? 'v1' : 'v2'] : [])
      }
    }),
  )
})
