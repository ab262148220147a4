/**
 * A second reading of delimited files, beside DuckDB's: it counts records and looks for values that DuckDB would change
 * without a word. Invariants:
 * - it never takes a changed value for an unchanged one as long as DuckDB splits the file as it does; where the two might
 *   differ (fields that do not count up, text behind a closing quote) the file is `odd` and goes the exact way;
 * - quotes are read as RFC 4180 has them: a field that begins with one ends at the next that is not doubled;
 * - fields with the usual looks of their type pass by their bytes alone, in WebAssembly: a gigabyte has some hundred million
 *   of them, and JavaScript needs four seconds of a core where this needs half of one. Others become texts for `bends`;
 * - each call of the inner loop begins where a record begins: it keeps nothing but counts between calls.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { ColumnSpec } from '@millrace/core'
import type { CsvOptions } from '../scan/csv-options.ts'
import { fastRecordBytes } from '../scan/raw.ts'
import { fieldScanText } from '../wasm/field-scan-text.ts'
import { type Cell, instanceOf } from '../wasm/instance.ts'
import { bends } from './bend.ts'
import type { Seen } from './reading.ts'
import { lookOf } from './looks.ts'

export interface FieldsScanned {
  /** Without the header, and without blank lines where they can be no value. */
  readonly records: number
  /** A record is longer than DuckDB's reader takes; nothing behind it was looked at. */
  readonly overlong: boolean
  readonly odd: boolean
  /** A value that its column cannot hold without change. */
  readonly bent: boolean
}

/** For each field of a header the column that it becomes; null where nobody wants it. */
export type FieldColumns = readonly (ColumnSpec | null)[]

/** What the module exports: settings that are given, counts that are found. */
type Setting = 'delimiter' | 'quote' | 'escape' | 'point' | 'columns' | 'looks' | 'out' | 'enough' | 'room' | 'header'
interface Inner extends Readonly<Record<Setting | 'records' | 'odd' | 'doubts', Cell>> {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly scan: (start: number, end: number) => number
}

const pieceBytes = 1 << 19
const [newline, lowestByte] = [10, 256]
const looksAt = 0
const mostColumns = 1 << 16
const outAt = mostColumns * 4
/** Doubtful fields after which they are judged, and those that one record may add to them. */
const [enough, room] = [1024, 8192]
const doubtBytes = 12
const bufferAt = outAt + room * doubtBytes
/** The inner loop loads 64 bytes at once, also from behind the end. */
const bufferBytes = fastRecordBytes + pieceBytes

class FieldScan {
  bent = false
  readonly buffer: Buffer
  private readonly inner: Inner = instanceOf(fieldScanText) as Inner
  private readonly columns: FieldColumns
  private readonly options: CsvOptions
  private readonly words: Int32Array

  constructor(columns: FieldColumns, options: CsvOptions) {
    const { inner } = this
    const { buffer } = inner.memory
    this.columns = columns
    this.options = options
    this.words = new Int32Array(buffer)
    this.buffer = Buffer.from(buffer, bufferAt, bufferBytes)
    this.words.set(
      columns.map((spec) => lookOf(spec?.type ?? 'string')),
      looksAt,
    )
    this.set({ columns: columns.length, looks: looksAt, out: outAt, enough, room, header: options.header ? 1 : 0 })
    this.setBytes(options)
  }

  private set(values: Partial<Readonly<Record<Setting, number>>>): void {
    for (const [name, value] of Object.entries(values)) this.inner[name as Setting].value = value
  }

  private setBytes(options: CsvOptions): void {
    const code = (text: string): number => text.charCodeAt(0)
    // No byte: it has the low bits of a newline, which is looked at anyway.
    const quote = options.quote === '' ? lowestByte + newline : code(options.quote)
    const escape = options.escape === '' ? quote : code(options.escape)
    this.set({ delimiter: code(options.delimiter), quote, escape, point: code(options.decimal) })
  }

  get records(): number {
    return this.inner.records.value - (this.options.header && this.inner.records.value > 0 ? 1 : 0)
  }

  get odd(): boolean {
    return this.inner.odd.value !== 0
  }

  /** Takes the whole records of the buffer between two places, and gives where the first unfinished one begins. */
  take(start: number, end: number): number {
    let at = start
    for (;;) {
      const next = this.inner.scan(at + bufferAt, end + bufferAt) - bufferAt
      const stopped = this.inner.doubts.value >= enough
      this.judge()
      if (!stopped || next === at) return next
      at = next
    }
  }

  private judge(): void {
    const { words, inner, columns } = this
    const doubts = inner.doubts.value
    inner.doubts.value = 0
    for (let i = 0; i < doubts && !this.bent; i++) {
      const [column = 0, from = 0, to = 0] = words.subarray(outAt / 4 + i * 3, outAt / 4 + i * 3 + 3)
      const text = this.buffer.toString('utf8', from - bufferAt, to - bufferAt)
      const type = columns[column]?.type
      if (type !== undefined && text !== this.options.nullText) this.bent = bends(text, type, this.options.decimal)
    }
  }
}

const markBytes = 3
const hasMark = (bytes: Uint8Array): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

/** `seen` counts what was scanned while it goes on. */
export async function scanFields(
  path: string,
  columns: FieldColumns,
  options: CsvOptions,
  seen: Seen = { bytes: 0, records: 0 },
): Promise<FieldsScanned> {
  if (columns.length > mostColumns) return { records: 0, overlong: false, odd: true, bent: false }
  const handle = await open(path, 'r')
  try {
    const scan = new FieldScan(columns, options)
    const overlong = await readThrough(handle, scan, seen)
    return { records: scan.records, overlong, odd: overlong || scan.odd, bent: scan.bent }
  } finally {
    await handle.close()
  }
}

/** True when a record does not fit in the buffer, or never ends: then nothing more is read. */
async function readThrough(handle: FileHandle, scan: FieldScan, seen: Seen): Promise<boolean> {
  const { buffer } = scan
  const before = seen.records
  let filled = 0
  for (let first = true; ; first = false) {
    const { bytesRead } = await handle.read(buffer, filled, pieceBytes)
    seen.bytes += bytesRead
    seen.records = before + scan.records
    if (bytesRead === 0) return filled > 0 && finish(scan, filled) <= filled
    filled += bytesRead
    const rest = scan.take(first && hasMark(buffer) ? markBytes : 0, filled)
    if (filled - rest > fastRecordBytes - 1) return true
    buffer.copyWithin(0, rest, filled)
    filled -= rest
  }
}

/** The last record may lack its line end. */
function finish(scan: FieldScan, filled: number): number {
  scan.buffer[filled] = newline
  return scan.take(0, filled + 1)
}
