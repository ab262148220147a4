import fc from 'fast-check'
import {
  countGrains,
  floorTo,
  type Grain,
  type Instant,
  parseDuration,
  parseInstant,
  printInstant,
  printInterval,
  step,
  widen,
} from '@millrace/core'
import { expect, test } from 'vitest'

const grains: readonly Grain[] = ['hour', 'day', 'month', 'year']
const instant = fc.integer({ min: Date.UTC(1960, 0), max: Date.UTC(2100, 0) }).map((one) => one as Instant)

test('an instant lies in its grain, and the next grain begins where it ends', () => {
  fc.assert(
    fc.property(instant, fc.constantFrom(...grains), (at, grain) => {
      const from = floorTo(grain, at)
      expect(from).toBeLessThanOrEqual(at)
      expect(step(grain, at)).toBeGreaterThan(at)
      expect(floorTo(grain, step(grain, at))).toBe(step(grain, at))
      expect(countGrains(grain, widen(grain, { from: at, to: (at + 1) as Instant }))).toBe(1)
    }),
  )
})

test('printed instants read back', () => {
  fc.assert(fc.property(instant, (at) => parseInstant(printInstant(at)) === at))
})

test.for([
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31 10:30', '2026-01-31T10:30:00.000Z'],
  ['2026-01-31T10:30:15.5Z', '2026-01-31T10:30:15.500Z'],
  ['2026-01-31T10:30+02:00', '2026-01-31T08:30:00.000Z'],
  ['20226-01-02 10:00:00', '+020226-01-02T10:00:00.000Z'],
  ['+020226-01-02T10:00:00.000Z', '+020226-01-02T10:00:00.000Z'],
  ['0044-03-15 (BC) 10:00:00', '-000043-03-15T10:00:00.000Z'],
] as const)('%s is %s', ([text, iso]) => {
  expect(new Date(parseInstant(text) as number).toISOString()).toBe(iso)
})

test.for(['', 'yesterday', '2026-13-01', '2026-02-30', '2025-02-29T10:00', '2026-01-31T25:00', '20260131'])(
  '%j is no instant',
  (text) => {
    expect(parseInstant(text)).toBeNull()
  },
)

test('years of many digits are printed as DuckDB reads them', () => {
  expect(printInstant(parseInstant('20226-01-02') as Instant)).toBe('20226-01-02')
})

test('intervals of days are printed without clock times', () => {
  const from = parseInstant('2026-01-01') as Instant
  expect(printInterval({ from, to: parseInstant('2026-02-01') as Instant })).toBe('2026-01-01 to 2026-02-01')
  expect(printInterval({ from, to: parseInstant('2026-01-01T06:30') as Instant })).toBe(
    '2026-01-01 to 2026-01-01T06:30:00Z',
  )
})

test.for([
  ['500ms', 500],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['1.5 h', 5_400_000],
  ['soon', null],
  ['5', null],
] as const)('the duration %s is %s ms', ([text, ms]) => {
  expect(parseDuration(text)).toBe(ms)
})
