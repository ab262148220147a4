import { firstFields } from './first-record.ts'
import { textType } from './infer-text.ts'
import { delimiterOf, isValue, recordsOf } from './sample-records.ts'

export interface Preamble {
  readonly lines: number
  /** The first of them that says something; empty where none does. */
  readonly line: string
}

const mostLines = 20
const shownText = 80

/** A spreadsheet's word for its delimiter. */
const separatorLine = /^"?sep=.?"?$/i

/** Lines above the header that are no records: comments, a title, `sep=;`. null: there are none. */
export function preambleOf(text: string, quote: string): Preamble | null {
  const lines = text.slice(0, 1 << 16).split(/\r\n|\n|\r/)
  for (let count = 1; count <= mostLines && count < lines.length; count++) {
    if (lines[count]?.trim() === '') continue
    const above = lines.slice(0, count)
    const isOne = separatorLine.test(above[0] ?? '') || isAbove(above, lines.slice(count).join('\n'), quote)
    if (!isOne) continue
    const line = above.find((one) => one.trim() !== '') ?? ''
    return { lines: count, line: line.slice(0, shownText) }
  }
  return null
}

/**
 * Whether lines stand above a table that begins right below them. A name may begin with `#`, and a column of text may hold what
 * looks like a delimiter: so a comment has another number of fields, or what is below is a header above numbers or dates.
 */
function isAbove(above: readonly string[], below: string, quote: string): boolean {
  const said = above.filter((line) => line.trim() !== '')
  const delimiter = delimiterOf(below, quote)
  if (!said.every((line) => isComment(line) || !line.includes(delimiter))) return false
  // A quote that is open goes on below.
  if (above.join('').split(quote).length % 2 === 0) return false
  const [first = [], ...rest] = recordsOf(below, delimiter, quote, 100)
  const fitting = rest.filter((record) => record.length === first.length)
  const names = first.map((field) => field.text)
  if (first.length < 2 || fitting.length * 2 < rest.length || names.some(isComment)) return false
  // Of blank lines the first would be the header.
  if (said.length === 0) return true
  if (said.some((line) => isComment(line) && firstFields(line, delimiter, quote).length !== first.length)) return true
  const isTyped = first.some((_, at) => textType(fitting.map((record) => record[at]?.text ?? '')) !== 'string')
  return isTyped && names.every((name) => name.trim() !== '' && !isValue(name))
}

const isComment = (line: string): boolean => line.startsWith('#')
