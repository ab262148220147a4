import { stat } from 'node:fs/promises'
import type { Columns, ColumnSpec, DataType } from '@millrace/core'
import { fail } from '@millrace/core'
import { type Encoding, type FileFormat, formatOf } from './config.ts'
import { guessedEncoding, headOf, isCompressed, partOf, sampleText, wideEncoding } from './content.ts'
import { firstFields, type WrittenField } from './first-record.ts'
import { namedFields, numberedColumn } from './named-fields.ts'
import { isObject, jsonColumns, parseSample } from './infer-json.ts'
import { textType } from './infer-text.ts'

/** What `init --from FILE` writes down; from then on nothing is guessed. */
export interface Inferred {
  readonly format: FileFormat
  readonly layout: 'lines' | 'array'
  readonly dialect: {
    readonly delimiter: string
    readonly quote: string
    readonly header: boolean
    readonly encoding: Encoding
  }
  readonly columns: Columns
}

const sampleBytes = 1 << 18
const delimiters = [',', ';', '\t', '|'] as const

/** The beginning, the middle and the end: a column often changes its looks further down. Each begins with a whole line. */
async function piecesOf(path: string, head: Buffer): Promise<readonly Buffer[]> {
  const { size } = await stat(path)
  const cut = head.length >= sampleBytes ? head.subarray(0, head.lastIndexOf(10) + 1) : head
  const first = cut.length === 0 ? head : cut
  if (isCompressed(path) || size <= sampleBytes * 3 || wideEncoding(head) !== null) return [first]
  const parts = await Promise.all([size >> 1, size - sampleBytes].map((start) => partOf(path, start, sampleBytes)))
  return [first, ...parts.map((part) => part.subarray(part.indexOf(10) + 1))]
}

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

const typeAt = (rows: Records, at: number): DataType => textType(rows.map((row) => row[at]?.text ?? ''))

const isEmptyText = (field: WrittenField | undefined): boolean => field?.quoted === true && field.text === ''

/** Of no other type is an empty text: a record that has one would not land. */
const landingTypeAt = (rows: Records, at: number): DataType =>
  rows.some((row) => isEmptyText(row[at])) ? 'string' : typeAt(rows, at)

/** A first line is a header when its fields are names and none looks like a value; lines often end with a delimiter. */
function isHeader(path: string, first: readonly string[], rows: Records): boolean {
  const names = first.filter((name) => name.trim() !== '')
  if (names.length === 0 || names.some((name) => textType([name]) !== 'string')) return false
  const types = first.map((_, at) => typeAt(rows, at))
  // A table written with its index has no name for that: names are all there is above numbers and dates.
  if (first[0]?.trim() === '' && types.every((type) => type === 'string')) return false
  const twice = names.filter((name, i) => names.findIndex((one) => one.toLowerCase() === name.toLowerCase()) < i)
  if (twice.length === 0) return true
  // Values may be the same by chance; above numbers and dates only names are text.
  if (types.some((type) => type !== 'string')) fail('files/duplicate-header', { path, names: twice })
  return false
}

function inferCsv(path: string, texts: readonly string[], encoding: Encoding): Omit<Inferred, 'format' | 'layout'> {
  const quote = quoteOf(texts[0] ?? '')
  const delimiter = delimiterOf(texts[0] ?? '', quote)
  const [top = [], ...below] = texts.flatMap((text) => recordsOf(text, delimiter, quote, 2000))
  const first = top.map((field) => field.text)
  const fitting = below.filter((record) => record.length === first.length)
  const header = isHeader(path, first, fitting)
  const filled = (at: number): boolean => fitting.some((record) => record[at]?.text.trim() !== '')
  const names = header ? namedFields(first, filled) : first.map((_, i) => numberedColumn(i))
  const rows = header ? fitting : [top, ...fitting]
  const columns: Columns = Object.fromEntries(
    names.flatMap((name, i): readonly (readonly [string, ColumnSpec])[] =>
      name === '' ? [] : [[name, { type: landingTypeAt(rows, i) }]],
    ),
  )
  return { dialect: { delimiter, quote, header, encoding }, columns }
}

function inferJson(texts: readonly string[], layout: 'lines' | 'array'): Columns {
  const values =
    layout === 'array' ? arrayValues(texts[0] ?? '') : texts.flatMap((text) => text.split('\n').flatMap(parsed))
  // What is no record among them is for the run to reject.
  return jsonColumns(oneSpelling(values.filter(isObject)))
}

/** Records with the first way of writing a name wherever it is written otherwise: a table knows names without case. */
function oneSpelling(records: readonly Readonly<Record<string, unknown>>[]): typeof records {
  const first = new Map<string, string>()
  const spelled = (name: string): string => {
    const folded = name.toLowerCase()
    if (!first.has(folded)) first.set(folded, name)
    return first.get(folded) ?? name
  }
  return records.map((record) => Object.fromEntries(Object.entries(record).map(([name, one]) => [spelled(name), one])))
}

function parsed(line: string): readonly unknown[] {
  try {
    return line.trim() === '' ? [] : [parseSample(line)]
  } catch {
    return []
  }
}

/** The elements of an array of which only the beginning may be there. */
function arrayValues(text: string): readonly unknown[] {
  for (let end = text.length; end > 0; end = text.lastIndexOf('}', end - 1)) {
    const [values] = parsed(end === text.length ? text : `${text.slice(0, end + 1)}]`)
    if (Array.isArray(values)) return values
  }
  return []
}

/** Looks at a file once, to write its dialect and columns down.
 *
 * A sample decides; a later value that does not fit is a reject with its reason, and the user widens the type.
 */
export async function inferFile(path: string): Promise<Inferred> {
  const found = await stat(path).catch(() => null)
  if (found?.isFile() !== true) fail('files/not-found', { path })
  const head = await headOf(path, sampleBytes)
  const named = formatOf(path) ?? { format: 'csv', layout: 'lines' }
  const plain = { delimiter: ',', quote: '"', header: true, encoding: 'utf-8' } as const
  if (named.format === 'parquet') return { ...named, dialect: plain, columns: {} }
  const pieces = await piecesOf(path, head)
  const encoding = guessedEncoding(pieces)
  const texts = pieces.map((piece) => sampleText(piece, encoding).replace(/^\uFEFF/, ''))
  const layout = /^\s*\[/.test(texts[0] ?? '') ? 'array' : 'lines'
  const inferred: Inferred =
    named.format === 'csv'
      ? { ...named, ...inferCsv(path, texts, encoding) }
      : { format: 'json', layout, dialect: { ...plain, encoding }, columns: inferJson(texts, layout) }
  const names = Object.keys(inferred.columns)
  // Other kinds of files, such as spreadsheets, begin with bytes that no text has.
  if (names.length === 0 || names.some((name) => name.includes('\0'))) fail('files/no-columns', { path })
  return inferred
}
