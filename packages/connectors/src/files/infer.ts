import { stat } from 'node:fs/promises'
import type { Columns, ColumnSpec, DataType } from '@millrace/core'
import { fail } from '@millrace/core'
import { type Encoding, type FileFormat, formatOf } from './config.ts'
import { headOf, isCompressed, markedEncoding, partOf, sampleText } from './content.ts'
import { firstRecord } from './first-record.ts'
import { jsonType } from './infer-json.ts'
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

/** The beginning, the middle and the end: a column often changes its looks further down. */
async function sampleOf(path: string, encoding: Encoding, head: Buffer): Promise<readonly string[]> {
  const { size } = await stat(path)
  const first = sampleText(head, encoding).replace(/^\uFEFF/, '')
  const cut = head.length >= sampleBytes ? first.slice(0, first.lastIndexOf('\n') + 1) : first
  if (isCompressed(path) || size <= sampleBytes * 3 || encoding.startsWith('utf-16')) return [cut]
  const parts = await Promise.all([size >> 1, size - sampleBytes].map((start) => partOf(path, start, sampleBytes)))
  return [cut, ...parts.map((part) => sampleText(part.subarray(part.indexOf(10) + 1), encoding))]
}

/** Records of a sample; the last of a part may be cut and is left out by its number of fields. */
function recordsOf(text: string, delimiter: string, quote: string, limit: number): readonly (readonly string[])[] {
  const records: (readonly string[])[] = []
  let rest = text
  while (rest !== '' && records.length < limit) {
    const end = recordEnd(rest, quote)
    if (end > 0) records.push(firstRecord(rest.slice(0, end), delimiter, quote))
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
function delimiterOf(text: string): string {
  const scored = delimiters.map((delimiter) => {
    const widths = recordsOf(text.slice(0, 1 << 16), delimiter, '"', 100).map((record) => record.length)
    const [first = 1] = widths
    const same = widths.filter((width) => width === first).length / Math.max(1, widths.length)
    return { delimiter, score: first > 1 ? same * 1000 + Math.min(first, 100) : 0 }
  })
  return scored.toSorted((one, other) => other.score - one.score)[0]?.delimiter ?? ','
}

/** A first line is a header when its fields are distinct names and none looks like a value. */
const looksLikeHeader = (record: readonly string[]): boolean =>
  new Set(record.map((name) => name.toLowerCase())).size === record.length &&
  record.every((name) => name.trim() !== '' && textType([name]) === 'string')

function inferCsv(texts: readonly string[], encoding: Encoding): Omit<Inferred, 'format' | 'layout'> {
  const delimiter = delimiterOf(texts[0] ?? '')
  const records = texts.flatMap((text) => recordsOf(text, delimiter, '"', 2000))
  const [first = []] = records
  const header = looksLikeHeader(first)
  const names = header ? first : first.map((_, i) => `column${i + 1}`)
  const rows = records.slice(header ? 1 : 0).filter((record) => record.length === names.length)
  const columns: Columns = Object.fromEntries(
    names.map((name, i): readonly [string, ColumnSpec] => [name, { type: textType(rows.map((row) => row[i] ?? '')) }]),
  )
  return { dialect: { delimiter, quote: '"', header, encoding }, columns }
}

function inferJson(texts: readonly string[], layout: 'lines' | 'array'): Columns {
  const values =
    layout === 'array' ? arrayValues(texts[0] ?? '') : texts.flatMap((text) => text.split('\n').flatMap(parsed))
  const type: DataType = jsonType(values)
  return typeof type !== 'string' && 'struct' in type ? type.struct : {}
}

function parsed(line: string): readonly unknown[] {
  try {
    return line.trim() === '' ? [] : [JSON.parse(line)]
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
  const encoding = markedEncoding(head) ?? 'utf-8'
  if (named.format === 'parquet')
    return { ...named, dialect: { delimiter: ',', quote: '"', header: true, encoding }, columns: {} }
  const texts = await sampleOf(path, encoding, head)
  if (named.format === 'csv') return { ...named, ...inferCsv(texts, encoding) }
  const layout = /^\s*\[/.test(texts[0] ?? '') ? 'array' : 'lines'
  const columns = inferJson(texts, layout)
  return { format: 'json', layout, dialect: { delimiter: ',', quote: '"', header: true, encoding }, columns }
}
