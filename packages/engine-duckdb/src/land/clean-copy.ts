/**
 * A copy of a delimited file in which only good records are left, each on its way with where it came from: line, offset
 * and length before its own fields. DuckDB's parallel reader takes it without a doubt, and whatever it then finds in a
 * record can be told by line and raw text of the original.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { RawFile } from '@millrace/core'
import type { CsvOptions } from '../scan/csv-options.ts'
import { localPath } from '../sql/local-path.ts'
import { labelOf, type Landing } from './landing.ts'
import { keptRaw } from './raw-text.ts'
import type { Reject } from './reject-store.ts'
import { RecordScanner, type Scanned, type ScannedRecord } from './record-scanner.ts'

export interface CleanCopy {
  readonly file: RawFile
  readonly path: string
  readonly records: number
  /** Those that went to a file of their own. */
  readonly passed: number
  readonly longest: number
}

/** Room for three numbers, their delimiters and the line end. */
const prefixBytes = 64
const markBytes = 3

function hasMark(piece: Buffer): boolean {
  return piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf
}

/** The scanned pieces of a file, from the first byte that is text. */
export async function* scanned(path: string, options: CsvOptions, columns: number): AsyncGenerator<Scanned> {
  let scanner: RecordScanner | null = null
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = piece as Buffer
    const start: number = scanner === null && hasMark(bytes) ? markBytes : 0
    scanner ??= new RecordScanner(options, columns, start)
    yield scanner.push(bytes.subarray(start))
  }
  if (scanner !== null) yield scanner.finish()
}

/** How the records of a file are taken apart, where not all of them go the exact way. */
export interface Sorting {
  /** A blank record is a record. */
  readonly blank: boolean
  /** Records that pass go to a file of their own, as they are: nobody will ask for their place. */
  readonly passes?: (bytes: Buffer, start: number, end: number) => boolean
  readonly passedPath?: string
  /** The text of a record as it is judged, where that differs from the file's. */
  readonly mend?: (bytes: Buffer, start: number, end: number) => Buffer | null
}

interface Piece {
  readonly found: Scanned
  readonly records: readonly ScannedRecord[]
}

function copyGood({ found, records }: Piece, delimiter: string, mend: Sorting['mend']): Buffer {
  const mended = mend === undefined ? [] : records.map((one) => mend(found.bytes, one.start, one.end))
  const room = records.reduce((sum, one, i) => sum + (mended[i]?.length ?? one.end - one.start) + prefixBytes, 0)
  const out = Buffer.allocUnsafe(room)
  let at = 0
  for (const [i, one] of records.entries()) {
    at += out.write(`${one.line}${delimiter}${one.offset}${delimiter}${one.end - one.start}${delimiter}`, at, 'latin1')
    at += mended[i]?.copy(out, at) ?? found.bytes.copy(out, at, one.start, one.end)
    out[at++] = 10
  }
  return out.subarray(0, at)
}

/** One good record as a copy has it. */
export const cleanRecord = (bytes: Buffer, record: ScannedRecord, delimiter: string): Buffer =>
  copyGood({ found: { bytes, records: [record] }, records: [record] }, delimiter, undefined)

function copyPlain({ found, records }: Piece): Buffer {
  const out = Buffer.allocUnsafe(records.reduce((sum, one) => sum + one.end - one.start + 1, 0))
  let at = 0
  for (const one of records) {
    at += found.bytes.copy(out, at, one.start, one.end)
    out[at++] = 10
  }
  return out
}

/** A record of nothing but spaces. */
function isBlank({ bytes }: Scanned, { start, end }: ScannedRecord): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 32) return false
  return true
}

/** Writes the copy and sets the bad records aside. Where blank lines are no records, they are in neither. */
export async function cleanCopy(
  landing: Landing,
  file: RawFile,
  options: CsvOptions,
  path: string,
  sorting: Sorting = { blank: true },
): Promise<CleanCopy> {
  const copy = await open(path, 'wx')
  const aside = sorting.passedPath === undefined ? null : await open(sorting.passedPath, 'wx')
  const { blank, passes } = sorting
  let [header, records, passed, longest] = [options.header, 0, 0, 0]
  try {
    for await (const found of scanned(localPath(file.path), options, file.header.length)) {
      const own = header ? found.records.slice(1) : found.records
      if (found.records.length > 0) header = false
      const good = own.filter((one) => one.problem === null && (blank || !isBlank(found, one)))
      const [plain, rest] = parted(good, (one) => passes?.(found.bytes, one.start, one.end) === true)
      records += rest.length
      passed += plain.length
      for (const one of good) longest = Math.max(longest, one.end - one.start)
      if (rest.length > 0) await copy.write(copyGood({ found, records: rest }, options.delimiter, sorting.mend))
      if (plain.length > 0) await aside?.write(copyPlain({ found, records: plain }))
      await landing.rejects.add(rejectsOf(file, found, own))
    }
  } finally {
    await copy.close()
    await aside?.close()
  }
  return { file, path, records, passed, longest }
}

function parted<T>(all: readonly T[], test: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  const [yes, no]: [T[], T[]] = [[], []]
  for (const one of all) (test(one) ? yes : no).push(one)
  return [yes, no]
}

const rejectsOf = (file: RawFile, found: Scanned, records: readonly ScannedRecord[]): readonly Reject[] =>
  records.flatMap(({ line, start, end, problem }) => {
    if (problem === null) return []
    const raw = found.bytes.toString('utf8', start, Math.min(end, start + keptRaw))
    return [{ file: labelOf(file), line, column: null, raw, reason: problem }]
  })
