import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Columns, fail } from '@millrace/core'
import { type FileFormat, formatOf } from './config.ts'
import { guessedEncoding, headOf, isCompressed, partOf, sampleText, wideEncoding } from './content.ts'
import { type Dialect, inferCsv } from './infer-csv.ts'
import { isObject, jsonColumns, parseSample } from './infer-json.ts'

/** What `init --from FILE` writes down; from then on nothing is guessed. */
export interface Inferred {
  readonly format: FileFormat
  readonly layout: 'lines' | 'array'
  readonly dialect: Dialect
  readonly columns: Columns
  /** Of columns that look like more than the text that they are kept as: why. */
  readonly notes: Readonly<Record<string, string>>
}

const sampleBytes = 1 << 18

/** The beginning, the middle and the end: a column often changes its looks further down. Each begins with a whole line. */
async function piecesOf(path: string, head: Buffer): Promise<readonly Buffer[]> {
  const { size } = await stat(path)
  const cut = head.length >= sampleBytes ? head.subarray(0, head.lastIndexOf(10) + 1) : head
  const first = cut.length === 0 ? head : cut
  if (isCompressed(path) || size <= sampleBytes * 3 || wideEncoding(head) !== null) return [first]
  const parts = await Promise.all([size >> 1, size - sampleBytes].map((start) => partOf(path, start, sampleBytes)))
  const [middle = first, last = first] = parts.map((part) => part.subarray(part.indexOf(10) + 1))
  // A cut value would be no date any more. Where no line ends, there is none to begin with.
  return [first, middle.subarray(0, middle.lastIndexOf(10) + 1), last]
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

/** The first file of a folder that could be a source's. */
async function fileIn(folder: string): Promise<string | null> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const names = entries.filter((one) => one.isFile() && formatOf(one.name) !== null).map((one) => one.name)
  return names.length === 0 ? null : join(folder, names.toSorted()[0] ?? '')
}

/** Looks at a file once, to write its dialect and columns down.
 *
 * A sample decides; a later value that does not fit is a reject with its reason, and the user widens the type.
 */
export async function inferFile(path: string): Promise<Inferred> {
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory() === true) fail('files/is-folder', { path, file: await fileIn(path) })
  if (found?.isFile() !== true) fail('files/not-found', { path })
  const head = await headOf(path, sampleBytes)
  const named = formatOf(path) ?? { format: 'csv', layout: 'lines' }
  const plain: Dialect = {
    delimiter: ',',
    quote: '"',
    header: true,
    encoding: 'utf-8',
    decimal: '.',
    dateFormat: null,
    timestampFormat: null,
  }
  if (named.format === 'parquet') return { ...named, dialect: plain, columns: {}, notes: {} }
  const pieces = await piecesOf(path, head)
  const encoding = guessedEncoding(pieces)
  const texts = pieces.map((piece) => sampleText(piece, encoding).replace(/^\uFEFF/, ''))
  const layout = /^\s*\[/.test(texts[0] ?? '') ? 'array' : 'lines'
  const inferred: Inferred =
    named.format === 'csv'
      ? { ...named, ...inferCsv(path, texts, encoding) }
      : { format: 'json', layout, dialect: { ...plain, encoding }, columns: inferJson(texts, layout), notes: {} }
  const names = Object.keys(inferred.columns)
  // Other kinds of files, such as spreadsheets, begin with bytes that no text has.
  if (names.length === 0 || names.some((name) => name.includes('\0'))) fail('files/no-columns', { path })
  return inferred
}
