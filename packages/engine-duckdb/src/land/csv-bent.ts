/**
 * Delimited files with a few bent records (values that their columns cannot hold without change): taken apart, so that only
 * those go the exact way. Invariants:
 * - a file is taken apart only where the field scan has been through all of it and found its structure sound, and only where
 *   the exact way's scanner sees the very same records in those bytes; otherwise it goes the exact way as a whole;
 * - the copy for the fast way is the file with the bytes of its bent records cut out and nothing else changed: what DuckDB
 *   says of a place in it is told of the place in the file (`placeInFile`);
 * - lines are the file's own, counted before anything is cut.
 */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { RawFile } from '@millrace/core'
import { csvOptions } from '../scan/csv-options.ts'
import { localPath } from '../sql/local-path.ts'
import { type CleanCopy, cleanRecord } from './clean-copy.ts'
import { type Landing, labelOf } from './landing.ts'
import type { Stretch } from './raw-text.ts'
import { RecordScanner } from './record-scanner.ts'

/** A file as the fast way reads it. */
export interface FastFile {
  readonly file: RawFile
  /** The file itself, or what is left of it. */
  readonly read: RawFile
  /** What was cut out, in the order of the file. */
  readonly cut: readonly Stretch[]
  /** The same, for the exact way; null where nothing was. */
  readonly bent: CleanCopy | null
}

export const asItIs = (file: RawFile): FastFile => ({ file, read: file, cut: [], bent: null })

/** What is asked of a landing: it needs no engine to take a file apart. */
type Work = Pick<Landing, 'scan' | 'spill'>

/** Where something lies in the file that lies at an offset of what is left of it. */
export function placeInFile({ cut }: FastFile, offset: number): number {
  let place = offset
  for (const one of cut) {
    if (one.offset > place) break
    place += one.bytes
  }
  return place
}

/** A piece of a file that lies inside of a bent record, or outside of all. */
interface Part {
  readonly bytes: Buffer
  readonly of: Stretch | null
  /** The line that the part begins in. */
  readonly line: number
  /** The bent record ends here. */
  readonly ends: boolean
}

/** Goes through a file, piece by piece; lines are counted as far as somebody will ask for them. */
async function* partsOf(path: string, cut: readonly Stretch[]): AsyncGenerator<readonly Part[]> {
  let [at, line, next] = [0, 1, 0]
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = piece as Buffer
    const parts: Part[] = []
    for (let from = 0; from < bytes.length;) {
      const one = cut[next]
      const of = one !== undefined && one.offset <= at + from ? one : null
      const border = of === null ? (one?.offset ?? Infinity) : of.offset + of.bytes
      const until = Math.min(bytes.length, border - at)
      const part = bytes.subarray(from, until)
      const ends = of !== null && at + until === border
      parts.push({ bytes: part, of, line, ends })
      if (one !== undefined) line += linesIn(part)
      if (ends) next++
      from = until
    }
    at += bytes.length
    yield parts
  }
}

function linesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++
  return lines
}

/** Takes a file apart; null when the exact way would see other records in it. What it writes is named in `made`. */
export async function takeApart(
  landing: Work,
  file: RawFile,
  cut: readonly Stretch[],
  made: string[],
): Promise<FastFile | null> {
  const name = join(landing.spill, randomUUID())
  const [rest, clean] = [`${name}.csv`, `${name}.clean`]
  made.push(rest, clean)
  const [plain, aside] = [await open(rest, 'wx'), await open(clean, 'wx')]
  try {
    const bent = new BentRecords(landing, file)
    let bytes = 0
    for await (const parts of partsOf(localPath(file.path), cut)) {
      bytes += await writeAll(
        plain,
        parts.flatMap((part) => (part.of === null ? part.bytes : [])),
      )
      for (const part of parts) if (part.of !== null && !bent.take(part, part.of)) return null
      await writeAll(aside, bent.written())
    }
    const read = { ...file, path: rest, bytes, label: labelOf(file) }
    const copy = { file, path: clean, records: cut.length, passed: 0, longest: bent.longest }
    return { file, read, cut, bent: copy }
  } finally {
    await plain.close()
    await aside.close()
  }
}

async function writeAll(to: FileHandle, parts: readonly Buffer[]): Promise<number> {
  if (parts.length === 0) return 0
  const bytes = Buffer.concat(parts)
  // Unlike `write` it goes on where a disk took only a part.
  await to.appendFile(bytes)
  return bytes.length
}

/** Puts bent records together from their parts, and writes them as the exact way reads them. */
class BentRecords {
  longest = 0
  private readonly landing: Work
  private readonly file: RawFile
  private held: Buffer[] = []
  private line = 0
  private ready: Buffer[] = []

  constructor(landing: Work, file: RawFile) {
    this.landing = landing
    this.file = file
  }

  /** False when the exact way would not take these bytes for one good record. */
  take(part: Part, { offset }: Stretch): boolean {
    if (this.held.length === 0) this.line = part.line
    // The bytes of the stream's piece stay as they are as long as somebody holds them.
    this.held.push(part.bytes)
    if (!part.ends) return true
    const bytes = Buffer.concat(this.held)
    this.held = []
    const options = csvOptions(this.landing.scan)
    const scanner = new RecordScanner(options, this.file.header.length, offset, this.line)
    const found = [scanner.push(bytes), scanner.finish()].filter((one) => one.records.length > 0)
    const [first, record] = [found[0], found[0]?.records[0]]
    if (first === undefined || record === undefined || record.problem !== null) return false
    if (found.length > 1 || first.records.length > 1 || record.offset !== offset) return false
    this.longest = Math.max(this.longest, record.end - record.start)
    this.ready.push(cleanRecord(first.bytes, record, options.delimiter))
    return true
  }

  written(): readonly Buffer[] {
    const { ready } = this
    this.ready = []
    return ready
  }
}
