/** DuckDB prints "no index" as 2^64 - 1. */
export const isNone = (index: unknown): boolean => Number(index) > 2 ** 63

// Most plans hold nothing but "no index" and are parsed as they are. Values follow one of these signs; looking only there is
// three times faster than looking behind every digit, and a match inside of a string is one replacement that does nothing.
const risky = /[:,[]-?(?:(?!18446744073709551615(?!\d))\d{16,}|Infinity|NaN)/
const stringOrRisky = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])|-?(?:Infinity|NaN)/g

/**
 * Parses what DuckDB serialised. Integers past 2^53 become text, else 9007199254740993 and ...992 would look alike;
 * so do Infinity and NaN, which are not JSON.
 */
export function parseDuckJson(text: string): unknown {
  if (!risky.test(text)) return JSON.parse(text)
  return JSON.parse(
    text.replace(stringOrRisky, (match, at: number) =>
      match.startsWith('"') || text[at - 1] === '.' ? match : `"${match}"`,
    ),
  )
}
