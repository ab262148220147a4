import { type Columns, type ColumnSpec, fail } from '@millrace/core'
import type { Encoding } from './config.ts'
import { firstFields, type WrittenField } from './first-record.ts'
import { type Forms, type Shown, shownForms } from './infer-forms.ts'
import { textType } from './infer-text.ts'
import { namedFields, numberedColumn } from './named-fields.ts'

/** How a delimited file is written, as a source says it. */
export interface Dialect extends Omit<Forms, 'columns'> {
  readonly delimiter: string
  readonly quote: string
  readonly header: boolean
  readonly encoding: Encoding
}

const delimiters = [',', ';', '\t', '|'] as const

/** Records of a sample; the last of a part may be cut and is left out by its number of fields. */
function recordsOf(text: string, delimiter: string, quote: string, limit: number): Records {
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

/** The delimiter that parts the most lines into the same number of fields. */
function delimiterOf(text: string, quote: string): string {
  const scored = delimiters.map((delimiter) => {
    const widths = recordsOf(text.slice(0, 1 << 16), delimiter, quote, 100).map((record) => record.length)
    const [first = 1] = widths
    const same = widths.filter((width) => width === first).length / Math.max(1, widths.length)
    return { delimiter, score: first > 1 ? same * 1000 + Math.min(first, 100) : 0 }
  })
  return scored.toSorted((one, other) => other.score - one.score)[0]?.delimiter ?? ','
}

/** Single quotes count only where they enclose a field and no double ones are about: names have apostrophes. */
const quoteOf = (text: string): string =>
  !text.includes('"') && /(?:^|[,;\t|])'[^'\n]*'(?:[,;\t|\r\n]|$)/m.test(text) ? "'" : '"'

type Records = readonly (readonly WrittenField[])[]

/** Of no other type than text is an empty text: a column that has one shows nothing else. */
function textsAt(rows: Records, at: number): readonly string[] {
  const fields = rows.map((row) => row[at])
  return fields.some((field) => field?.quoted === true && field.text === '')
    ? []
    : fields.map((field) => field?.text ?? '')
}

/** Numbers, dates and sums of money, however they are written. */
const likeValue = /^[+-]?[\p{Sc} ]*\d[\d.,:/ -]*[%\p{Sc} ]*$/u

const isValue = (text: string): boolean => likeValue.test(text) || textType([text]) !== 'string'

/** A first line is a header when its fields are names and none looks like a value; lines often end with a delimiter. */
function isHeader(path: string, first: readonly string[], rows: Records): boolean {
  const names = first.filter((name) => name.trim() !== '')
  if (names.length === 0 || names.some(isValue)) return false
  const types = first.map((_, at) => textType(rows.map((row) => row[at]?.text ?? '')))
  // A table written with its index has no name for that: names are all there is above numbers and dates.
  if (first[0]?.trim() === '' && types.every((type) => type === 'string')) return false
  const twice = names.filter((name, i) => names.findIndex((one) => one.toLowerCase() === name.toLowerCase()) < i)
  if (twice.length === 0) return true
  // Values may be the same by chance; above numbers and dates only names are text.
  if (types.some((type) => type !== 'string')) fail('files/duplicate-header', { path, names: twice })
  return false
}

export function inferCsv(
  path: string,
  texts: readonly string[],
  encoding: Encoding,
): { readonly dialect: Dialect; readonly columns: Columns; readonly notes: Readonly<Record<string, string>> } {
  const quote = quoteOf(texts[0] ?? '')
  const delimiter = delimiterOf(texts[0] ?? '', quote)
  const [top = [], ...below] = texts.flatMap((text) => recordsOf(text, delimiter, quote, 2000))
  const first = top.map((field) => field.text)
  const fitting = below.filter((record) => record.length === first.length)
  const header = isHeader(path, first, fitting)
  const filled = (at: number): boolean => fitting.some((record) => record[at]?.text.trim() !== '')
  const names = header ? namedFields(first, filled) : first.map((_, i) => numberedColumn(i))
  const rows = header ? fitting : [top, ...fitting]
  const { columns: shown, ...forms } = shownForms(
    names.map((name, i) => (name === '' ? [] : textsAt(rows, i))),
    delimiter,
  )
  const named = names.flatMap((name, i): readonly (readonly [string, Shown])[] => {
    const one = shown[i]
    return name === '' || one === undefined ? [] : [[name, one]]
  })
  const columns = named.map(([name, { type }]): readonly [string, ColumnSpec] => [name, { type }])
  const notes = named.flatMap(([name, { note }]) => (note === null ? [] : [[name, note] as const]))
  return {
    dialect: { delimiter, quote, header, encoding, ...forms },
    columns: Object.fromEntries(columns),
    notes: Object.fromEntries(notes),
  }
}
