/**
 * Values that DuckDB's casts change without a word, as SQL. The rule: what a column's type cannot hold exactly is a reject;
 * another way of writing the same value (`2.0`, `1e3`, ` 7`, zeros at the end) is fine, and floats may round. Invariants:
 * - a test is asked only of texts that convert (`value` is not NULL), and is never NULL itself;
 * - `bend.ts` says the same of one text in TypeScript; a test holds the two against each other;
 * - DuckDB rounds fractions to whole numbers and to a decimal's scale, cuts digits of seconds, drops offsets where the type
 *   has no zone, and takes a date from whatever begins with one;
 * - `infinity` is a date to DuckDB, kept as its own largest value, which no other reader of the tables knows.
 */
import type { ColumnSpec } from '@millrace/core'
import { decimalOf } from '../arrow/column.ts'
import type { CsvOptions } from '../scan/csv-options.ts'
import { literal } from '../sql/quote.ts'

/** A date by itself, in the ways of writing it that say nothing more. */
export const plainDate: string = String.raw`^\s*([+-]?\d+[-/]\d+[-/]\d+(\s*\(BC\))?|(?i:epoch))\s*$`
/** A date with a time of day that says nothing more. */
export const midnight: string = String.raw`^\s*[+-]?\d+[-/]\d+[-/]\d+([Tt]|\s+)00?:00?(:00?(\.0*)?)?\s*((?i:z|utc)|[+-]00(:?00)?)?\s*$`
/** A time of day without a date or an offset, and with no more than six digits of a second that count. */
export const plainTime: string = String.raw`^\s*([01]?\d|2[0-3]):\d+(:\d+(\.\d{0,6}0*)?)?\s*((?i:z|utc)|[+-]00(:?00)?)?\s*$`
const offset = String.raw`:[0-9.]+\s*[+-][0-9:]*[1-9]`
const beyond = (digits: number): string => String.raw`\.\d{${digits}}\d*[1-9]`

const matches = (text: string, pattern: string): string => `regexp_matches(${text}, ${literal(pattern)})`

function momentBend(text: string, value: string, digits: 6 | 9, { zoned }: { readonly zoned: boolean }): string {
  const bent = [`isinf(${value})`, matches(text, beyond(digits)), ...(zoned ? [] : [matches(text, offset)])]
  return `(${bent.join(' OR ')})`
}

const dateBend = (text: string): string => `NOT (${matches(text, plainDate)} OR ${matches(text, midnight)})`

const placesBend = (text: string, scale: number): string =>
  `CASE WHEN contains(lower(${text}), 'e') OR (contains(${text}, '.') AND length(${text}) - strpos(${text}, '.') > ${scale})
    THEN millrace_places(${text}) > ${scale} ELSE false END`

const plainBends: Readonly<Record<string, (text: string, value: string) => string>> = {
  int8: (text) => placesBend(text, 0),
  int16: (text) => placesBend(text, 0),
  int32: (text) => placesBend(text, 0),
  int64: (text) => placesBend(text, 0),
  uint64: (text) => placesBend(text, 0),
  float32: (text, value) => `CASE WHEN isinf(${value}) THEN NOT contains(lower(${text}), 'inf') ELSE false END`,
  float64: (text, value) => `CASE WHEN isinf(${value}) THEN NOT contains(lower(${text}), 'inf') ELSE false END`,
  date: dateBend,
  time: (text) => `NOT ${matches(text, plainTime)}`,
  timestamp: (text, value) => momentBend(text, value, 6, { zoned: false }),
  timestamptz: (text, value) => momentBend(text, value, 6, { zoned: true }),
  timestamp_ns: (text, value) => momentBend(text, value, 9, { zoned: false }),
  timestamptz_ns: (text, value) => momentBend(text, value, 9, { zoned: true }),
}

export const pointed = (text: string, options: CsvOptions | null): string =>
  options === null || options.decimal === '.' ? text : `replace(${text}, ${literal(options.decimal)}, '.')`

/** Whether the cast of a text to a plain type changes it; null where it never does. */
export function bendSql(
  text: string,
  value: string,
  type: ColumnSpec['type'],
  options: CsvOptions | null,
): string | null {
  if (typeof type !== 'string') return null
  const decimal = decimalOf(type)
  if (decimal !== null) return placesBend(pointed(text, options), decimal.scale)
  const fixed = /^fixed\((\d+)\)$/.exec(type)
  if (fixed !== null) return `octet_length(${value}) <> ${fixed[1]}`
  return plainBends[type]?.(text, value) ?? null
}
