/**
 * JSON files. The fast way is DuckDB's own reader, beside which every record is judged by its bytes (`json-judge.ts`). Where
 * some are doubtful, or DuckDB fails, a file is sorted: records that pass go to a copy for the fast reader, the others the
 * exact way, which casts value by value and rejects one record at a time. What DuckDB then still fails at goes the exact way
 * as a whole. Arrays of objects have no lines: their elements are numbered instead; an array that does not end is refused.
 */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { MillraceError, type RawFile, type RawScan } from '@millrace/core'
import { csvOptions } from '../scan/csv-options.ts'
import { jsonSelect } from '../scan/raw.ts'
import { localPath } from '../sql/local-path.ts'
import { literal, subquery } from '../sql/quote.ts'
import { copyRows } from '../worker/write.ts'
import { type NewFields, newFieldsOf } from '../scan/new-fields.ts'
import { type CastColumn, nameTwice, type WholeTest } from './cast-sql.ts'
import { type CleanCopy, cleanCopy } from './clean-copy.ts'
import { JsonJudge } from './json-judge.ts'
import { jsonRecords, type JsonSource } from './json-records.ts'
import { foldedNames, withDeclaredKeys } from './declared-keys.ts'
import { withExactValues } from './exact-json.ts'
import { landCast } from './land-cast.ts'
import { type Landing, labelOf, nothing, type Part, removeWritten, together } from './landing.ts'

/** Valid JSON holds no control characters: this one can stand between a line and its place in the file. */
const separator = '\u0001'

interface Judged {
  readonly file: RawFile
  readonly records: number
  /** Not all of its records pass; those behind the first that does not were not counted. */
  readonly doubtful: boolean
}

/** A file taken apart: records for the fast reader, and the others with their places. */
interface Sorted {
  readonly plain: RawFile
  readonly copy: CleanCopy
  /** The file of lines that the places are in. */
  readonly original: string
}

export async function landJson(landing: Landing, files: readonly RawFile[]): Promise<Part> {
  if (files.length === 0) return nothing
  const made: string[] = []
  const judge = new JsonJudge(landing.scan.columns, newFieldsOf(landing.scan))
  try {
    const { part, judged, broken } = await landJudged(landing, files, judge)
    if (part !== null) return part
    const whole = broken.filter((file) => !judged.some((one) => one.file === file && one.doubtful))
    const sorted: Sorted[] = []
    for (const { file, doubtful } of judged) if (doubtful) sorted.push(await sort(landing, file, made, judge))
    const trusted = judged.filter((one) => !one.doubtful && !whole.includes(one.file))
    const fast = await landFast(landing, trusted, sorted)
    if (fast === null) await landing.rejects.clear()
    const parts: Part[] = fast === null ? [] : [fast]
    if (fast !== null) for (const one of sorted) parts.push(await landTexts(landing, one.copy, one.original))
    for (const file of fast === null ? files : whole) {
      const { copy, original } = await sort(landing, file, made, null)
      parts.push(await landTexts(landing, copy, original))
    }
    return together(parts)
  } finally {
    for (const path of made) rmSync(path, { force: true })
  }
}

/** Reads and writes all files at once while their records are judged; what is doubtful need not be read to the end. */
async function landJudged(
  landing: Landing,
  files: readonly RawFile[],
  judge: JsonJudge,
): Promise<{ readonly part: Part | null; readonly judged: readonly Judged[]; readonly broken: readonly RawFile[] }> {
  const { database, scan, sink, name, onProgress } = landing
  const judging = judgeAll(landing, files, judge)
  const copying = copyRows(database, subquery(jsonSelect(scan, files)), {}, sink, name, onProgress)
  const [judged, copied] = await Promise.allSettled([judging, copying])
  if (judged.status === 'rejected') {
    await removeWritten(landing)
    throw judged.reason
  }
  const doubtful = judged.value.some((one) => one.doubtful)
  const expected = judged.value.reduce((sum, one) => sum + one.records, 0)
  if (copied.status === 'fulfilled' && !doubtful && copied.value.rows === expected)
    return { part: copied.value, judged: judged.value, broken: [] }
  if (copied.status === 'rejected' && !doubtful && !isOfTheData(copied.reason)) throw copied.reason
  await removeWritten(landing)
  const broken = copied.status === 'rejected' ? namedBy(copied.reason, files) : doubtful ? [] : files
  return { part: null, judged: judged.value, broken }
}

/** Of what DuckDB failed at, the files that its message names; all when it names none, unless it was told to stop. */
function namedBy(error: unknown, files: readonly RawFile[]): readonly RawFile[] {
  const message = error instanceof Error ? error.message : ''
  if (message.startsWith('INTERRUPT')) return []
  const named = files.filter((file) => message.includes(`"${localPath(file.path)}"`))
  return named.length > 0 ? named : files
}

async function judgeAll(landing: Landing, files: readonly RawFile[], judge: JsonJudge): Promise<readonly Judged[]> {
  const judged: Judged[] = []
  for (const file of files) {
    const one = await judgeFile(landing, file, judge)
    if (one.doubtful) landing.database.connection.interrupt()
    judged.push(one)
  }
  return judged
}

async function judgeFile(landing: Landing, file: RawFile, judge: JsonJudge): Promise<Judged> {
  let records = 0
  for await (const { bytes, spans } of jsonRecords(sourceOf(landing, file))) {
    records += spans.length / 2
    for (let i = 0; i < spans.length; i += 2)
      if (!judge.passes(bytes, spans[i] ?? 0, spans[i + 1] ?? 0)) return { file, records, doubtful: true }
  }
  return { file, records, doubtful: false }
}

const isArray = (landing: Landing): boolean => landing.scan.options['layout'] === 'array'

const sourceOf = (landing: Landing, file: RawFile): JsonSource => ({
  path: localPath(file.path),
  label: labelOf(file),
  layout: isArray(landing) ? 'array' : 'lines',
})

/** The files that can be trusted, and the trusted records of the others; null when DuckDB fails or counts otherwise. */
async function landFast(landing: Landing, trusted: readonly Judged[], sorted: readonly Sorted[]): Promise<Part | null> {
  const { database, scan, sink, name, onProgress } = landing
  const lines: RawScan = { ...scan, options: {} }
  const plain = sorted.filter((one) => one.copy.passed > 0).map((one) => one.plain)
  const files = trusted.map((one) => one.file)
  const selects = [
    ...(files.length === 0 ? [] : [jsonSelect(scan, files)]),
    ...(plain.length === 0 ? [] : [jsonSelect(lines, plain)]),
  ]
  if (selects.length === 0) return nothing
  const expected = [...trusted, ...sorted.map(({ copy }) => ({ records: copy.passed }))]
  try {
    const part = await copyRows(database, subquery(selects.join('\nUNION ALL\n')), {}, sink, name, onProgress)
    if (part.rows === expected.reduce((sum, one) => sum + one.records, 0)) return part
  } catch (error) {
    if (!isOfTheData(error)) throw error
  }
  await removeWritten(landing)
  return null
}

function isOfTheData(error: unknown): boolean {
  if (error instanceof MillraceError) return error.issues.some((one) => one.code === 'engine/null-in-required')
  return error instanceof Error && /^(Invalid Input|Conversion) Error/.test(error.message)
}

/** Takes a file apart; without a judge no record is plain. */
async function sort(landing: Landing, file: RawFile, made: string[], judge: JsonJudge | null): Promise<Sorted> {
  const create = (kind: string): string => {
    const path = join(landing.spill, `${randomUUID()}.${kind}`)
    made.push(path)
    return path
  }
  const original = isArray(landing) ? await asLines(landing, file, create('lines')) : localPath(file.path)
  const dialect = { ...landing.scan, options: { delimiter: separator, quote: '', escape: '', header: false } }
  const source = { ...file, path: original, label: labelOf(file), header: ['raw'] }
  const passedPath = create('plain.json')
  const names = foldedNames(landing.scan.columns)
  const copy = await cleanCopy(landing, source, csvOptions(dialect), create('clean'), {
    blank: false,
    passedPath,
    passes: (bytes, start, end) => judge?.passes(bytes, start, end) === true,
    mend: (bytes, start, end) => {
      const text = bytes.toString('utf8', start, end)
      const named = withDeclaredKeys(text, names)
      const mended = withExactValues(named ?? text, landing.scan.columns) ?? named
      return mended === null ? null : Buffer.from(mended)
    },
  })
  return { plain: { path: passedPath, bytes: 0, header: [], label: labelOf(file) }, copy, original }
}

/** The exact way: each line is parsed once for all columns, and each value cast and judged by itself. */
async function landTexts(landing: Landing, copy: CleanCopy, original: string): Promise<Part> {
  if (copy.records === 0) return nothing
  const reader = `read_csv(${literal(copy.path)}, columns = {'line': 'BIGINT', 'position': 'BIGINT', 'size': 'BIGINT', 'raw': 'VARCHAR'},
      auto_detect = false, header = false, delim = ${literal(separator)}, quote = '', escape = '', nullstr = '',
      new_line = '\\n', max_line_size = ${Math.max(2 << 20, copy.longest * 2)})`
  const from = `(SELECT line, position, size, json_type(json) AS kind, json_keys(json) AS keys, json_extract(json, [${pathsOf(landing).join(', ')}]) AS parts
      FROM (SELECT *, CASE WHEN json_valid(raw) THEN raw END AS json FROM ${reader}))`
  return await landCast(landing, {
    from,
    columns: jsonColumns(landing),
    options: null,
    records: copy.records,
    whole: objectTest(newFieldsOf(landing.scan)),
    source: { path: original, label: labelOf(copy.file) },
  })
}

/** What is no object has no columns to be at fault. Of two values of a name one would be lost, and so would one without a name. */
function objectTest(newFields: NewFields): WholeTest {
  const nameless = newFields === 'ignore' ? 'false' : `list_contains(keys, '')`
  return {
    holds: `kind = 'OBJECT' AND len(keys) = len(list_distinct(keys)) AND NOT ${nameless}`,
    reason: `CASE WHEN kind = 'OBJECT' AND ${nameless} THEN 'json: a value has no name'
      WHEN kind = 'OBJECT' THEN ${literal(nameTwice)} ELSE 'json: the line is no JSON object' END`,
  }
}

const pathsOf = (landing: Landing): readonly string[] =>
  Object.keys(landing.scan.columns).map((name) => literal(`$.${JSON.stringify(name)}`))

function jsonColumns(landing: Landing): readonly CastColumn[] {
  return Object.entries(landing.scan.columns).map(([name, spec], i): CastColumn => {
    const part = `parts[${i + 1}]`
    // A value of a column of JSON is a text by now.
    const text =
      typeof spec.type !== 'string' ? `nullif(${part}::VARCHAR, 'null')` : `json_extract_string(${part}, '$')`
    return { name, spec, text, newFields: newFieldsOf(landing.scan) }
  })
}

/** Writes the elements of an array one a line: line ends between their parts become tabs, which mean the same in JSON. */
async function asLines(landing: Landing, file: RawFile, path: string): Promise<string> {
  const target = await open(path, 'wx')
  try {
    for await (const { bytes, spans } of jsonRecords(sourceOf(landing, file))) {
      const parts: Buffer[] = []
      for (let i = 0; i < spans.length; i += 2) {
        const part = Buffer.from(bytes.subarray(spans[i], spans[i + 1]))
        for (let at = 0; at < part.length; at++) if (part[at] === 10 || part[at] === 13) part[at] = 9
        parts.push(part, lineEnd)
      }
      // Unlike `write` it goes on where a disk took only a part.
      if (parts.length > 0) await target.appendFile(Buffer.concat(parts))
    }
  } finally {
    await target.close()
  }
  return path
}

const lineEnd = Buffer.from('\n')
