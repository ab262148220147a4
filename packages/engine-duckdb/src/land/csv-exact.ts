/**
 * The exact way for delimited files: records are split by our own scanner, so that one slip costs one line; DuckDB then
 * casts the fields. Every record that the scanner saw is counted, and the count must come out again as rows and rejects.
 */
import { createReadStream } from 'node:fs'
import type { DuckDBAppender } from '@duckdb/node-api'
import { VARCHAR, BIGINT } from '@duckdb/node-api'
import type { RawFile } from '@millrace/core'
import { columnOf } from '../arrow/build.ts'
import { csvOptions } from '../scan/csv-options.ts'
import { type HeaderGroup, headerGroups, place, placesOf } from '../scan/raw.ts'
import { localPath } from '../sql/local-path.ts'
import { identifier } from '../sql/quote.ts'
import { appendRecords } from '../worker/append.ts'
import { type CastColumn } from './cast-sql.ts'
import { landCast } from './land-cast.ts'
import { type Landing, labelOf, type Part, together } from './landing.ts'
import { RecordScanner, type ScannedRecord } from './record-scanner.ts'

let tables = 0

export async function landExact(landing: Landing, files: readonly RawFile[]): Promise<Part> {
  const parts: Part[] = []
  for (const group of headerGroups(files)) parts.push(await landGroup(landing, group))
  return together(parts)
}

async function landGroup(landing: Landing, group: HeaderGroup): Promise<Part> {
  const { database, scan } = landing
  const table = `millrace_records_${++tables}`
  const columns = [
    'file VARCHAR',
    'line BIGINT',
    'raw VARCHAR',
    ...group.header.map((_, i) => `${identifier(place(i))} VARCHAR`),
  ]
  await database.run(`CREATE TABLE ${table} (${columns.join(', ')})`)
  try {
    let good = 0
    const appender = await database.connection.createAppender(table)
    for (const file of group.files) good += await scanFile(landing, file, group.header.length, appender)
    appender.closeSync()
    const places = placesOf(scan, group.header)
    const casts = Object.entries(scan.columns).map(([name, spec]): CastColumn => {
      const at = places.get(name) ?? -1
      return { name, spec, text: at < 0 ? null : identifier(place(at)) }
    })
    return await landCast(landing, { table, columns: casts, options: csvOptions(scan), records: good })
  } finally {
    await database.run(`DROP TABLE ${table}`)
  }
}

/** Appends the good records of a file and sets the bad ones aside; returns how many were good. */
async function scanFile(landing: Landing, file: RawFile, width: number, appender: DuckDBAppender): Promise<number> {
  const options = csvOptions(landing.scan)
  const scanner = new RecordScanner(options, width)
  let header = options.header
  let good = 0
  const take = async (found: readonly ScannedRecord[]): Promise<void> => {
    const records = header && found.length > 0 ? found.slice(1) : found
    if (found.length > 0) header = false
    const fine = records.filter((record) => record.problem === null)
    const bad = records.filter((record) => record.problem !== null)
    good += fine.length
    append(appender, labelOf(file), fine, width)
    await landing.rejects.add(
      bad.map(({ line, raw, problem }) => ({ file: labelOf(file), line, column: null, raw, reason: problem ?? '' })),
    )
  }
  for await (const piece of createReadStream(localPath(file.path), { highWaterMark: 1 << 20 }))
    await take(scanner.push(withoutMark(piece as Buffer, good, header)))
  await take(scanner.finish())
  return good
}

/** A byte order mark at the very start is no text. */
function withoutMark(piece: Buffer, good: number, header: boolean): Buffer {
  const marked = good === 0 && header && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf
  return marked ? piece.subarray(3) : piece
}

function append(appender: DuckDBAppender, file: string, records: readonly ScannedRecord[], width: number): void {
  if (records.length === 0) return
  const columns = [
    columnOf(
      'string',
      records.map(() => file),
    ),
    columnOf(
      'int64',
      records.map((record) => record.line),
    ),
    columnOf(
      'string',
      records.map((record) => record.raw),
    ),
    ...Array.from({ length: width }, (_, i) =>
      columnOf(
        'string',
        records.map((record) => record.fields[i]),
      ),
    ),
  ]
  const types = columns.map((_, i) => (i === 1 ? BIGINT : VARCHAR))
  const order = [...columns.keys()]
  appendRecords(appender, types, { rows: records.length, columns }, order)
}
