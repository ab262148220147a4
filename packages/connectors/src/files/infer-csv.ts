import { type Columns, type ColumnSpec, fail } from '@millrace/core'
import type { Encoding } from './config.ts'
import { type Forms, type Shown, shownForms } from './infer-forms.ts'
import { textType } from './infer-text.ts'
import { namedFields, numberedColumn } from './named-fields.ts'
import { preambleOf } from './preamble.ts'
import { delimiterOf, isValue, quoteOf, type Records, recordsOf } from './sample-records.ts'

/** How a delimited file is written, as a source says it. */
export interface Dialect extends Omit<Forms, 'columns'> {
  readonly delimiter: string
  readonly quote: string
  readonly header: boolean
  readonly encoding: Encoding
}

/** Of no other type than text is an empty text: a column that has one shows nothing else. */
function textsAt(rows: Records, at: number): readonly string[] {
  const fields = rows.map((row) => row[at])
  return fields.some((field) => field?.quoted === true && field.text === '')
    ? []
    : fields.map((field) => field?.text ?? '')
}

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
  const preamble = preambleOf(texts[0] ?? '', quote)
  if (preamble !== null) fail('files/preamble', { path, ...preamble })
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
