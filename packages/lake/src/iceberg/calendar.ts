const microsPerSecond = 1_000_000n
export const microsPerDay: bigint = 86_400n * microsPerSecond

/** Days since 1970-01-01 of a date in the proleptic Gregorian calendar; beyond what `Date` can express, too. */
export function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

export function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return { year, month, day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1 }
}

const moment =
  /^([+-]?\d{1,7})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/

/** A date or a timestamp, as DuckDB, ISO 8601 and PostgreSQL write them, in microseconds; null for `infinity` and nonsense. */
export function parseMoment(text: string): bigint | null {
  const beforeChrist = text.includes('(BC)')
  const match = moment.exec(text.replace(/\s*\(BC\)/, '').trim())
  if (match === null) return null
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHours, offsetMinutes] = match
  const days = daysOf(beforeChrist ? 1 - Number(year) : Number(year), Number(month), Number(day))
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours ?? 0) * 3600 + Number(offsetMinutes ?? 0) * 60)
  const seconds = Number(hour ?? 0) * 3600 + Number(minute ?? 0) * 60 + Number(second ?? 0) - offset
  return BigInt(days) * microsPerDay + BigInt(seconds) * microsPerSecond + micros(fraction)
}

/** A time of day in microseconds. */
export function parseTime(text: string): bigint | null {
  const match = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/.exec(text)
  if (match === null) return null
  const [, hour, minute, second, fraction] = match
  return BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second ?? 0)) * microsPerSecond + micros(fraction)
}

const micros = (fraction: string | undefined): bigint => BigInt((fraction ?? '').padEnd(6, '0').slice(0, 6))

export function printDate(days: number): string {
  const { year, month, day } = dateOf(days)
  const text = `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
  return year > 0 ? text : `${text} (BC)`
}

export function printTimestamp(microseconds: bigint): string {
  const days = floorDivide(microseconds, microsPerDay)
  return `${printDate(Number(days))} ${printTime(microseconds - days * microsPerDay)}`
}

export function printTime(microseconds: bigint): string {
  const seconds = Number(microseconds / microsPerSecond)
  const fraction = Number(microseconds % microsPerSecond)
  const text = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`
  return fraction === 0 ? text : `${text}.${pad(fraction, 6)}`
}

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0')

/** Division that rounds down, for moments before 1970. */
export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by
  return value % by < 0n ? quotient - 1n : quotient
}
