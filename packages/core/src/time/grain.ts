import type { Interval } from '../progress.ts'
import type { Instant } from '../words.ts'

export type Grain = 'hour' | 'day' | 'month' | 'year'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** The start of the grain that holds an instant, in UTC. */
export function floorTo(grain: Grain, at: Instant): Instant {
  if (grain === 'hour') return (Math.floor(at / hourMs) * hourMs) as Instant
  if (grain === 'day') return (Math.floor(at / dayMs) * dayMs) as Instant
  const date = new Date(at)
  return utc(date.getUTCFullYear(), grain === 'month' ? date.getUTCMonth() : 0)
}

/** The start of the grain `count` steps after the one that holds an instant. */
export function step(grain: Grain, at: Instant, count = 1): Instant {
  const start = floorTo(grain, at)
  if (grain === 'hour') return (start + count * hourMs) as Instant
  if (grain === 'day') return (start + count * dayMs) as Instant
  const date = new Date(start)
  return grain === 'month'
    ? utc(date.getUTCFullYear(), date.getUTCMonth() + count)
    : utc(date.getUTCFullYear() + count, 0)
}

/** Whole grains that cover an interval. */
export function widen(grain: Grain, one: Interval): Interval {
  const from = floorTo(grain, one.from)
  const end = floorTo(grain, one.to)
  return { from, to: end === one.to ? end : step(grain, one.to) }
}

/** How many grains an interval of whole grains has. */
export function countGrains(grain: Grain, one: Interval): number {
  if (grain === 'hour') return Math.round((one.to - one.from) / hourMs)
  if (grain === 'day') return Math.round((one.to - one.from) / dayMs)
  const from = new Date(one.from)
  const to = new Date(one.to)
  const years = to.getUTCFullYear() - from.getUTCFullYear()
  return grain === 'year' ? years : years * 12 + to.getUTCMonth() - from.getUTCMonth()
}

// Date.UTC maps the years 0 to 99 to 1900 and later, so the year is set by itself.
function utc(year: number, month: number): Instant {
  return new Date(0).setUTCFullYear(year, month, 1) as Instant
}

/** Reads `2026-01-31`, `2026-01-31T10:00` or any ISO instant as UTC, also in years such as `+020226`, `20226` and `0044 (BC)`; null
 * when it is none. */
export function parseInstant(text: string): Instant | null {
  const match =
    /^([+-]?\d{4,6})(-\d\d-\d\d)( \(BC\))?(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/.exec(
      text.trim(),
    )
  if (match === null) return null
  const [, year = '', rest = '', beforeChrist, minutes = '00:00', seconds = ':00', zone = 'Z'] = match
  const day = `${isoYear(beforeChrist === undefined ? Number(year) : 1 - Number(year))}${rest}`
  if (!isDay(day)) return null
  const offset = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone
  const at = Date.parse(`${day}T${minutes}${seconds}${offset}`)
  return Number.isNaN(at) ? null : (at as Instant)
}

/** Date wants six digits and a sign for years that have not four digits. */
function isoYear(year: number): string {
  if (year >= 0 && year <= 9999) return String(year).padStart(4, '0')
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`
}

/** Whether the calendar has a day: Date takes February 30 for March 2. */
function isDay(day: string): boolean {
  const start = new Date(`${day}T00:00:00Z`)
  return start.getUTCDate() === Number(day.slice(-2))
}

/** An interval as people write it: days without clock time. */
export function printInterval(one: Interval): string {
  return `${printInstant(one.from)} to ${printInstant(one.to)}`
}

export function printInstant(at: Instant): string {
  // DuckDB reads years of more than four digits, but without the sign and the zeros that ISO 8601 puts before them.
  const text = new Date(at).toISOString().replace(/^\+0*/, '')
  if (text.endsWith('T00:00:00.000Z')) return text.slice(0, text.indexOf('T'))
  // With its seconds: engines read it too, and take no time of day without them.
  return text.replace('.000Z', 'Z')
}
