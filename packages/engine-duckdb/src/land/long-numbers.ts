import type { ColumnSpec, RawScan } from '@millrace/core'

/** DuckDB reads numbers as doubles: with a point or an exponent and more digits than this they lose some. */
const doubleDigits = 15
const mayBeLong = /[\d.]{17}/
/** The pieces of a JSON text. */
export const token: RegExp = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\],:]|[^"\d{}[\],:-]+|-/g

const needsDigits = (spec: ColumnSpec | undefined): boolean =>
  typeof spec?.type === 'string' && /^(?:u?int|decimal|string)/.test(spec.type)

const isLong = (text: string): boolean => /[.eE]/.test(text) && text.replaceAll(/[eE].*|\D/g, '').length > doubleDigits

/**
 * The text of a JSON object with long numbers of its exact columns as texts, which DuckDB casts digit by digit; null where it
 * has none. Only the object's own values are looked at, not what is nested in them.
 */
export function withLongNumbersQuoted(json: string, columns: RawScan['columns']): string | null {
  if (!mayBeLong.test(json)) return null
  let [depth, key, changed, out] = [0, '', false, '']
  let before = ''
  for (const [text] of json.matchAll(token)) {
    if (depth === 1 && text === ':') key = before
    if (text === '{' || text === '[') depth++
    else if (text === '}' || text === ']') depth--
    const long =
      depth === 1 && before === ':' && /^-?\d/.test(text) && isLong(text) && needsDigits(columns[unquoted(key)])
    out += long ? `"${text}"` : text
    changed ||= long
    if (text.trim() !== '') before = text
  }
  return changed ? out : null
}

function unquoted(key: string): string {
  try {
    return String(JSON.parse(key))
  } catch {
    return ''
  }
}
