/**
 * The exact way for delimited files: records are split by our own scanner, so that one slip costs one line; DuckDB then
 * casts the fields. Every record that the scanner saw is counted, and the count must come out again as rows and rejects.
 */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RawFile } from '@millrace/core'
import { csvOptions } from '../scan/csv-options.ts'
import { newFieldsOf } from '../scan/new-fields.ts'
import { fieldsOf, place, placesOf } from '../scan/raw.ts'
import { localPath } from '../sql/local-path.ts'
import { identifier, literal } from '../sql/quote.ts'
import type { CastColumn, WholeTest } from './cast-sql.ts'
import { type CleanCopy, cleanCopy } from './clean-copy.ts'
import { landCast } from './land-cast.ts'
import { type Landing, labelOf, type Part, together } from './landing.ts'
import { nestedFields } from './nested-fields.ts'
import { shownText } from './raw-text.ts'

export async function landExact(landing: Landing, files: readonly RawFile[]): Promise<Part> {
  const parts: Part[] = []
  for (const file of files) parts.push(await landFile(landing, file))
  return together(parts)
}

async function landFile(landing: Landing, file: RawFile): Promise<Part> {
  const path = join(landing.spill, `${randomUUID()}.clean`)
  const sorting = { blank: true, ...nestedFields(landing.scan, file.header) }
  try {
    return await landClean(landing, await cleanCopy(landing, file, csvOptions(landing.scan), path, sorting))
  } finally {
    rmSync(path, { force: true })
  }
}

/** Casts the records of a copy, which are all good in their structure. */
export async function landClean(landing: Landing, copy: CleanCopy): Promise<Part> {
  const { scan } = landing
  const { file, records } = copy
  const places = placesOf(scan, file.header)
  const columns = Object.entries(scan.columns).map(([name, spec]): CastColumn => {
    const at = places.get(name) ?? -1
    return { name, spec, text: at < 0 ? null : identifier(place(at)), newFields: newFieldsOf(scan) }
  })
  const source = { path: localPath(file.path), label: labelOf(file) }
  const from = readClean(landing, copy)
  const empty = fieldsOf(scan, file.header).indexOf('empty')
  const whole = empty < 0 ? {} : { whole: mustBeEmpty(empty) }
  return await landCast(landing, { from, columns, options: csvOptions(scan), records, source, ...whole })
}

/** A field without a name belongs to no column: its value would be lost. */
function mustBeEmpty(index: number): WholeTest {
  const text = `coalesce(${identifier(place(index))}, '')`
  const remedy = `" stands under no name; a column column${index + 1} would keep it`
  return { holds: `trim(${text}) = ''`, reason: `'unnamed: "' || left(${text}, ${shownText}) || ${literal(remedy)}` }
}

function readClean(landing: Landing, copy: CleanCopy): string {
  const options = csvOptions(landing.scan)
  const names = ['line', 'position', 'size', ...copy.file.header.map((_, i) => place(i))]
  const types = names.map((name, i) => `${literal(name)}: ${i < 3 ? "'BIGINT'" : "'VARCHAR'"}`)
  const longest = Math.max(2 << 20, copy.longest * 2)
  const settings = [
    `columns = {${types.join(', ')}}`,
    'auto_detect = false',
    'header = false',
    `delim = ${literal(options.delimiter)}`,
    `quote = ${literal(options.quote)}`,
    `escape = ${literal(options.escape)}`,
    `nullstr = ${literal(options.nullText)}`,
    'allow_quoted_nulls = false',
    // Quoted values may hold line ends of another kind than the copy's own.
    'strict_mode = true',
    `new_line = '\\n'`,
    `max_line_size = ${longest}`,
    ...(longest > 2 << 20 ? [`buffer_size = ${longest * 2}`] : []),
  ]
  return `read_csv(${literal(copy.path)}, ${settings.join(', ')})`
}
