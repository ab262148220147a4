/** How DuckDB prints "no index": 2^64 - 1. */
const none = '18446744073709551615'

export const isNone = (index: unknown): boolean => Number(index) > 2 ** 63

const risky = /\d{16,}|Infinity|NaN/g
const stringOrRisky = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])|-?(?:Infinity|NaN)/g

/**
 * Parses what DuckDB serialised. Integers past 2^53 become text, else 9007199254740993 and ...992 would look alike;
 * so do Infinity and NaN, which are not JSON.
 */
export function parseDuckJson(text: string): unknown {
  const found = text.match(risky)
  if (found === null || found.every((digits) => digits === none)) return JSON.parse(text)
  return JSON.parse(
    text.replace(stringOrRisky, (match, at: number) =>
      match.startsWith('"') || text[at - 1] === '.' ? match : `"${match}"`,
    ),
  )
}
