import { doubleDigits } from './exact-json.ts'
import { backslash, dot, isDigit, letterE, letterU, minus, quote, slash, zero } from './json-bytes.ts'

/** Places behind the point of a number that DuckDB surely writes without an exponent. */
const plainPlaces = 5

/** Whether DuckDB, which reads numbers as doubles and texts without their escapes, writes a JSON value as it stands. */
export function staysAsWritten(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at]
    if (byte === quote) {
      for (at++; at < to && bytes[at] !== quote; at++)
        if (bytes[at] === backslash && (bytes[++at] === letterU || bytes[at] === slash)) return false
    } else if (byte === minus || isDigit(byte)) {
      at = plainNumberEnd(bytes, at) - 1
      if (at < from) return false
    }
  }
  return true
}

/** Behind a number that is written as its double is; -1 for others. */
function plainNumberEnd(bytes: Buffer, from: number): number {
  const start = bytes[from] === minus ? from + 1 : from
  let at = start
  while (isDigit(bytes[at])) at++
  const before = at - start
  const isZero = before === 1 && bytes[start] === zero
  if (bytes[at] !== dot) return before > 18 || (isZero && start > from) || !endsNumber(bytes[at]) ? -1 : at
  const point = at++
  while (isDigit(bytes[at])) at++
  const behind = at - point - 1
  const trailing = bytes[at - 1] === zero && (behind > 1 || isZero)
  const usual = behind > 0 && behind <= plainPlaces && before + behind <= doubleDigits && !trailing
  return usual && endsNumber(bytes[at]) ? at : -1
}

const endsNumber = (byte: number | undefined): boolean => byte !== letterE && byte !== letterE - 32
