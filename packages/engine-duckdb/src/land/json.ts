/**
 * JSON files. The fast way is DuckDB's own reader in its strict form, which fails at the first bad line; for that file the
 * exact way splits the lines itself and lets DuckDB judge and cast each of them. Arrays of objects have no lines: their
 * elements are numbered instead, and a file that is no JSON at all is refused as a whole.
 */
import { randomUUID } from 'node:crypto'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fail, MillraceError, type RawFile } from '@millrace/core'
import { csvOptions } from '../scan/csv-options.ts'
import { jsonSelect } from '../scan/raw.ts'
import { localPath } from '../sql/local-path.ts'
import { literal, subquery } from '../sql/quote.ts'
import { copyRows } from '../worker/write.ts'
import type { CastColumn } from './cast-sql.ts'
import { cleanCopy } from './clean-copy.ts'
import { landCast } from './land-cast.ts'
import { type Landing, labelOf, nothing, type Part, removeWritten, together } from './landing.ts'

/** Valid JSON holds no control characters: this one can stand between a line and its place in the file. */
const separator = '\u0001'

/** After so many tries the fast way has met enough bad files: the rest goes the exact way too. */
const fastTries = 2

export async function landJson(landing: Landing, files: readonly RawFile[]): Promise<Part> {
  let trusted = files
  let fast: Part | null = null
  for (let tries = 0; tries < fastTries && fast === null; tries++) {
    const found = await landFast(landing, trusted)
    if ('rows' in found) fast = found
    else trusted = trusted.filter((file) => !found.suspects.includes(file))
  }
  const parts: Part[] = fast === null ? [] : [fast]
  for (const file of files) if (fast === null || !trusted.includes(file)) parts.push(await landOne(landing, file))
  return together(parts)
}

/** Reads and writes all files at once, or names those that have bad records; then nothing has been written. */
async function landFast(
  landing: Landing,
  files: readonly RawFile[],
): Promise<Part | { readonly suspects: readonly RawFile[] }> {
  if (files.length === 0) return nothing
  const { database, scan, sink, name, onProgress } = landing
  try {
    return await copyRows(database, subquery(jsonSelect(scan, files)), {}, sink, name, onProgress)
  } catch (error) {
    if (!isOfTheData(error)) throw error
    await removeWritten(landing)
    const message = error instanceof Error ? error.message : ''
    const named = files.filter((file) => message.includes(`"${localPath(file.path)}"`))
    return { suspects: named.length > 0 ? named : files }
  }
}

function isOfTheData(error: unknown): boolean {
  if (error instanceof MillraceError) return error.issues.some((one) => one.code === 'engine/null-in-required')
  return error instanceof Error && /^(Invalid Input|Conversion) Error/.test(error.message)
}

async function landOne(landing: Landing, file: RawFile): Promise<Part> {
  const lines = join(landing.spill, `${randomUUID()}.lines`)
  const path = join(landing.spill, `${randomUUID()}.clean`)
  try {
    const array = landing.scan.options['layout'] === 'array'
    if (array) await asLines(landing, file, lines)
    const original = array ? lines : localPath(file.path)
    const dialect = { ...landing.scan, options: { delimiter: separator, quote: '', escape: '', header: false } }
    const source = { ...file, path: original, label: labelOf(file), header: ['raw'] }
    const copy = await cleanCopy(landing, source, csvOptions(dialect), path, { blank: false })
    const reader = `read_csv(${literal(path)}, columns = {'line': 'BIGINT', 'position': 'BIGINT', 'size': 'BIGINT', 'raw': 'VARCHAR'},
      auto_detect = false, header = false, delim = ${literal(separator)}, quote = '', escape = '', nullstr = '',
      new_line = '\\n', max_line_size = ${Math.max(2 << 20, copy.longest * 2)})`
    // Each line is parsed once for all columns.
    const from = `(SELECT line, position, size, json_type(json) AS kind, json_extract(json, [${pathsOf(landing).join(', ')}]) AS parts
      FROM (SELECT *, CASE WHEN json_valid(raw) THEN raw END AS json FROM ${reader}))`
    const place = { path: original, label: labelOf(file) }
    return await landCast(landing, {
      from,
      columns: jsonColumns(landing),
      options: null,
      records: copy.records,
      whole: objectTest,
      source: place,
    })
  } finally {
    for (const one of [lines, path]) rmSync(one, { force: true })
  }
}

/** What is no object has no columns to be at fault. */
const objectTest = { holds: `kind = 'OBJECT'`, reason: 'json: the line is no JSON object' }

const pathsOf = (landing: Landing): readonly string[] =>
  Object.keys(landing.scan.columns).map((name) => literal(`$.${JSON.stringify(name)}`))

function jsonColumns(landing: Landing): readonly CastColumn[] {
  return Object.entries(landing.scan.columns).map(([name, spec], i): CastColumn => {
    const nested = typeof spec.type !== 'string' || spec.type === 'json' || spec.type === 'variant'
    const part = `parts[${i + 1}]`
    return { name, spec, text: nested ? `nullif(${part}::VARCHAR, 'null')` : `json_extract_string(${part}, '$')` }
  })
}

/** Writes the elements of an array one a line. */
async function asLines(landing: Landing, file: RawFile, target: string): Promise<void> {
  try {
    await landing.database.run(
      `COPY (SELECT json(json)::VARCHAR FROM read_json_objects(${literal(localPath(file.path))}, format = 'array',
       maximum_object_size = ${64 << 20})) TO ${literal(target)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER ${literal(separator)})`,
    )
    statSync(target)
  } catch (error) {
    fail('files/unreadable', { path: labelOf(file), problem: error instanceof Error ? error.message : String(error) })
  }
}
