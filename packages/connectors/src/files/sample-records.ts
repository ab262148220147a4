import { firstFields, type WrittenField } from './first-record.ts'
import { textType } from './infer-text.ts'

const delimiters = [',', ';', '\t', '|'] as const

/** Records of a sample; the last of a part may be cut and is left out by its number of fields. */
export function recordsOf(text: string, delimiter: string, quote: string, limit: number): Records {
  const records: (readonly WrittenField[])[] = []
  let rest = text
  while (rest !== '' && records.length < limit) {
    const end = recordEnd(rest, quote)
    if (end > 0) records.push(firstFields(rest.slice(0, end), delimiter, quote))
    rest = rest.slice(end).replace(/^\r?\n|^\r/, '')
  }
  return records
}

function recordEnd(text: string, quote: string): number {
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === quote) quoted = !quoted
    else if (!quoted && (char === '\n' || char === '\r')) return at
  }
  return text.length
}

/** The delimiter that parts the most lines into the same number of fields; one that parts none where the first line is one field:
 * a column of text may hold commas. */
export function delimiterOf(text: string, quote: string): string {
  const scored = delimiters.map((delimiter) => {
    const widths = recordsOf(text.slice(0, 1 << 16), delimiter, quote, 100).map((record) => record.length)
    const [first = 1] = widths
    const same = widths.filter((width) => width === first).length / Math.max(1, widths.length)
    return { delimiter, score: first > 1 ? same * 1000 + Math.min(first, 100) : same }
  })
  return scored.toSorted((one, other) => other.score - one.score)[0]?.delimiter ?? ','
}

/** Single quotes count only where they enclose a field and no double ones are about: names have apostrophes. */
export const quoteOf = (text: string): string =>
  !text.includes('"') && /(?:^|[,;\t|])'[^'\n]*'(?:[,;\t|\r\n]|$)/m.test(text) ? "'" : '"'

export type Records = readonly (readonly WrittenField[])[]

/** Numbers, dates and sums of money, however they are written. */
const likeValue = /^[+-]?[\p{Sc} ]*\d[\d.,:/ -]*[%\p{Sc} ]*$/u

export const isValue = (text: string): boolean => likeValue.test(text) || textType([text]) !== 'string'
