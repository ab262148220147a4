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
import { RecordScanner, type Scanned, type ScannedRecord } from './record-scanner.ts'

export interface CleanCopy {
  readonly file: RawFile
  readonly path: string
  readonly records: number
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

function copyGood(found: Scanned, good: readonly ScannedRecord[], delimiter: string): Buffer {
  const room = good.reduce((sum, one) => sum + one.end - one.start + prefixBytes, 0)
  const out = Buffer.allocUnsafe(room)
  let at = 0
  for (const one of good) {
    at += out.write(`${one.line}${delimiter}${one.offset}${delimiter}${one.end - one.start}${delimiter}`, at, 'latin1')
    at += found.bytes.copy(out, at, one.start, one.end)
    out[at++] = 10
  }
  return out.subarray(0, at)
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
  { blank }: { readonly blank: boolean } = { blank: true },
): Promise<CleanCopy> {
  const target = await open(path, 'wx')
  let [header, records, longest] = [options.header, 0, 0]
  try {
    for await (const found of scanned(localPath(file.path), options, file.header.length)) {
      const own = header ? found.records.slice(1) : found.records
      if (found.records.length > 0) header = false
      const good = own.filter((one) => one.problem === null && (blank || !isBlank(found, one)))
      records += good.length
      for (const one of good) longest = Math.max(longest, one.end - one.start)
      if (good.length > 0) await target.write(copyGood(found, good, options.delimiter))
      await landing.rejects.add(
        own.flatMap(({ line, start, end, problem }) => {
          if (problem === null) return []
          const raw = found.bytes.toString('utf8', start, Math.min(end, start + keptRaw))
          return [{ file: labelOf(file), line, column: null, raw, reason: problem }]
        }),
      )
    }
  } finally {
    await target.close()
  }
  return { file, path, records, longest }
}
