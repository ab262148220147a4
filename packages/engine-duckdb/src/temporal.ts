/**
 * Dates and times as the neutral text of the core: ISO 8601, exact, without a fraction when it is zero and otherwise
 * with all its digits (6, or 9 for nanoseconds). `infinity` is DuckDB's own largest and smallest moment.
 */
const dayMs = 86_400_000
const infiniteDay = 2_147_483_647
const infiniteMoment = 9_223_372_036_854_775_807n

const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`)

function yearText(year: number): string {
  if (year >= 0 && year <= 9999) return `${year}`.padStart(4, '0')
  return `${year < 0 ? '-' : '+'}${`${Math.abs(year)}`.padStart(6, '0')}`
}

/** Civil date of a day number, valid far outside of what Date holds (Howard Hinnant's algorithm). */
function civil(day: number): readonly [year: number, month: number, day: number] {
  const shifted = day + 719_468
  const era = Math.floor(shifted / 146_097)
  const ofEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * ofYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1]
}

function dayNumber(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year
  const era = Math.floor(shiftedYear / 400)
  const yearOfEra = shiftedYear - era * 400
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const ofEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + ofYear
  return era * 146_097 + ofEra - 719_468
}

const keptDays = 4096
const dayTexts = new Map<number, string>()

/** Most rows have the days of others. */
export function dateText(days: number): string {
  const known = dayTexts.get(days)
  if (known !== undefined) return known
  if (dayTexts.size >= keptDays) dayTexts.clear()
  const text = newDateText(days)
  dayTexts.set(days, text)
  return text
}

function newDateText(days: number): string {
  if (days === infiniteDay) return 'infinity'
  if (days === -infiniteDay) return '-infinity'
  const [year, month, day] = civil(days)
  return `${yearText(year)}-${two(month)}-${two(day)}`
}

/** Text of a time of day: its seconds, and the digits of the fraction if that is not zero. */
function clockText(seconds: number, fraction: number, digits: 6 | 9): string {
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return fraction === 0 ? clock : `${clock}.${`${fraction}`.padStart(digits, '0')}`
}

export const timeText = (micros: bigint): string =>
  clockText(Number(micros / 1_000_000n), Number(micros % 1_000_000n), 6)

/** The whole seconds of a moment, rounded down, and what is left of it: as plain numbers, for big integers are slow. */
function secondsOf(value: bigint, digits: 6 | 9): readonly [seconds: number, fraction: number] {
  const unit = digits === 6 ? 1_000_000 : 1_000_000_000
  const plain = Number(value)
  if (Number.isSafeInteger(plain)) {
    const seconds = Math.floor(plain / unit)
    return [seconds, plain - seconds * unit]
  }
  const fraction = Number(value % BigInt(unit))
  const seconds = Number(value / BigInt(unit))
  return fraction < 0 ? [seconds - 1, fraction + unit] : [seconds, fraction]
}

export function timestampText(value: bigint, digits: 6 | 9, zoned: boolean): string {
  if (value === infiniteMoment) return 'infinity'
  if (value === -infiniteMoment) return '-infinity'
  const [seconds, fraction] = secondsOf(value, digits)
  const day = Math.floor(seconds / 86_400)
  return `${dateText(day)}T${clockText(seconds - day * 86_400, fraction, digits)}${zoned ? 'Z' : ''}`
}

const datePart = /^([+-]?\d{1,7})-(\d\d?)-(\d\d?)(?: ?\((BC)\))?/
const clockPart = /^(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?/
const zonePart = /^(?:Z|([+-])(\d\d)(?::?(\d\d))?)(?: ?\(BC\))?$/i

const bad = (what: string, text: string): never => {
  throw new Error(`${JSON.stringify(text)} is not a ${what}`)
}

function readDate(text: string): { readonly days: number; readonly rest: string } | null {
  const match = datePart.exec(text)
  if (match === null) return null
  const written = Number(match[1])
  const [month, day] = [Number(match[2]), Number(match[3])]
  const year = match[4] !== undefined || text.endsWith('(BC)') ? 1 - written : written
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null
  return { days: dayNumber(year, month, day), rest: text.slice(match[0].length) }
}

const daysOf = (year: number, month: number): number =>
  month === 12 ? 31 : dayNumber(year, month + 1, 1) - dayNumber(year, month, 1)

/** Days since 1970-01-01 of ISO text or of DuckDB's own. */
export function parseDate(text: string): number {
  if (text === 'infinity' || text === '-infinity') return text === 'infinity' ? infiniteDay : -infiniteDay
  const date = readDate(text)
  if (date === null || date.rest !== '') return bad('date', text)
  return date.days
}

function readClock(text: string, digits: 6 | 9): { readonly value: bigint; readonly rest: string } | null {
  const match = clockPart.exec(text)
  if (match === null) return null
  const [minutes, seconds, written = ''] = [Number(match[2]), Number(match[3] ?? 0), match[4]]
  if (minutes > 59 || seconds > 59 || /[^0]/.test(written.slice(digits))) return null
  const unit = 10n ** BigInt(digits)
  const fraction = BigInt(written.padEnd(digits, '0').slice(0, digits))
  const value = BigInt(Number(match[1]) * 3600 + minutes * 60 + seconds) * unit + fraction
  // 24:00:00 is the end of a day.
  return value > 86_400n * unit ? null : { value, rest: text.slice(match[0].length) }
}

/** Minutes to the east of UTC; null for a zone that is none. */
function readZone(text: string): number | null {
  if (text === '' || text === ' (BC)') return 0
  const match = zonePart.exec(text)
  if (match === null) return null
  const [hours, minutes] = [Number(match[2] ?? 0), Number(match[3] ?? 0)]
  if (hours > 15 || minutes > 59) return null
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes)
}

export function parseTime(text: string): bigint {
  const clock = readClock(text, 6)
  return clock === null || clock.rest !== '' ? bad('time', text) : clock.value
}

/** Micro- or nanoseconds since the epoch; text without a zone is taken as UTC. */
export function parseTimestamp(text: string, digits: 6 | 9): bigint {
  if (text === 'infinity' || text === '-infinity') return text === 'infinity' ? infiniteMoment : -infiniteMoment
  const date = readDate(text)
  if (date === null) return bad('timestamp', text)
  const perDay = BigInt(dayMs) * 10n ** BigInt(digits - 3)
  const start = BigInt(date.days) * perDay
  if (date.rest === '') return start
  const clock = /^[T ]/i.test(date.rest) ? readClock(date.rest.slice(1), digits) : null
  const zone = clock === null ? null : readZone(clock.rest)
  if (clock === null || zone === null) return bad('timestamp', text)
  return start + clock.value - BigInt(zone) * 60n * 10n ** BigInt(digits)
}
