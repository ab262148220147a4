/**
 * A second reading of delimited files, beside DuckDB's: it counts records and looks for values that DuckDB would change
 * without a word. Invariants:
 * - it never takes a changed value for an unchanged one as long as DuckDB splits the file as it does; where the two might
 *   differ (fields that do not count up, text behind a closing quote) the file is `odd` and goes the exact way;
 * - quotes are read as RFC 4180 has them: a field that begins with one ends at the next that is not doubled;
 * - fields with the usual looks of their type pass by their bytes alone, in WebAssembly: a gigabyte has some hundred million
 *   of them, and JavaScript needs four seconds of a core where this needs half of one. Others become texts for `bends`;
 * - each call of the inner loop begins where a record begins: it keeps nothing but counts between calls. Of a record that has
 *   not ended yet the doubts are forgotten, for it is scanned again;
 * - a bent record is named by its bytes, from its first to the end of its line: the file without them is a file of the same kind.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { CsvOptions } from '../scan/csv-options.ts'
import { fastRecordBytes, type Field } from '../scan/raw.ts'
import { fieldScanText } from '../wasm/field-scan-text.ts'
import { type Cell, instanceOf } from '../wasm/instance.ts'
import { bends } from './bend.ts'
import { formatOf } from './cast-sql.ts'
import { lookOfField } from './looks.ts'
import type { Stretch } from './raw-text.ts'
import type { Seen } from './reading.ts'

export interface FieldsScanned {
  /** Without the header, and without blank lines where they can be no value. */
  readonly records: number
  /** A record is longer than DuckDB's reader takes; nothing behind it was looked at. */
  readonly overlong: boolean
  readonly odd: boolean
  /** Records with a value that its column cannot hold without change, with their line ends, in the order of the file. */
  readonly bent: readonly Stretch[]
}

/** What the module exports: settings that are given, counts that are found. */
type Given = 'delimiter' | 'quote' | 'escape' | 'point' | 'columns' | 'looks' | 'out' | 'enough' | 'room' | 'header'
type Setting = Given | 'records' | 'odd' | 'doubts' | 'settled'
interface Inner extends Readonly<Record<Setting, Cell>> {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly scan: (start: number, end: number) => number
}

const pieceBytes = 1 << 19
const [newline, noByte] = [10, 256]
const looksAt = 0
const mostColumns = 1 << 16
const outAt = mostColumns * 4
/** Doubtful fields after which they are judged, and those that one record may add to them. */
const [enough, room] = [1024, 8192]
/** Column, from, to, and where the record begins and ends. */
const doubtWords = 5
const doubtBytes = doubtWords * 4
/** A file with more bent records than this is odd: to take it apart would cost more than it saves. */
const mostBent = 100_000
const bufferAt = outAt + room * doubtBytes
/** The inner loop loads 64 bytes at once, also from behind the end. */
const bufferBytes = fastRecordBytes + pieceBytes

class FieldScan {
  readonly bent: Stretch[] = []
  readonly buffer: Buffer
  /** Where in the file the buffer begins, and where the file ends as soon as that is known. */
  base = 0
  fileEnd = Infinity
  private readonly inner: Inner = instanceOf(fieldScanText) as Inner
  private readonly fields: readonly Field[]
  private readonly options: CsvOptions
  private readonly words: Int32Array

  constructor(fields: readonly Field[], options: CsvOptions) {
    const { inner } = this
    const { buffer } = inner.memory
    this.fields = fields
    this.options = options
    this.words = new Int32Array(buffer)
    this.buffer = Buffer.from(buffer, bufferAt, bufferBytes)
    this.words.set(fields.map(lookOfField), looksAt)
    this.set({ columns: fields.length, looks: looksAt, out: outAt, enough, room, header: options.header ? 1 : 0 })
    this.setBytes(options)
  }

  private set(values: Partial<Readonly<Record<Setting, number>>>): void {
    for (const [name, value] of Object.entries(values)) this.inner[name as Setting].value = value
  }

  private setBytes(options: CsvOptions): void {
    const code = (text: string): number => text.charCodeAt(0)
    // No byte: it has the low bits of a newline, which is looked at anyway.
    const quote = options.quote === '' ? noByte + newline : code(options.quote)
    const escape = options.escape === '' ? quote : code(options.escape)
    this.set({ delimiter: code(options.delimiter), quote, escape, point: code(options.decimal) })
  }

  get records(): number {
    return this.inner.records.value - (this.options.header && this.inner.records.value > 0 ? 1 : 0)
  }

  get odd(): boolean {
    return this.inner.odd.value !== 0 || this.bent.length > mostBent
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
    const { words, inner } = this
    const settled = inner.settled.value
    this.set({ doubts: 0, settled: 0 })
    let known = -1
    for (let i = 0; i < settled && !this.odd; i++) {
      const at = outAt / 4 + i * doubtWords
      const [column = 0, from = 0, to = 0, start = 0, end = 0] = words.subarray(at, at + doubtWords)
      if (start === known || !this.isBent(from, to, this.fields[column] ?? null)) continue
      known = start
      const offset = this.base + start - bufferAt
      this.bent.push({ offset, bytes: Math.min(offset + end - start, this.fileEnd) - offset })
    }
  }

  private isBent(from: number, to: number, field: Field): boolean {
    const text = this.buffer.toString('utf8', from - bufferAt, to - bufferAt)
    if (field === null || text === this.options.nullText) return false
    if (field === 'empty') return /[^ ]/.test(text)
    // In a format of its own DuckDB changes nothing but `epoch` and `infinity`.
    if (formatOf(field, this.options) !== null) return !/\d/.test(text)
    return bends(text, field.type, this.options.decimal)
  }
}

const markBytes = 3
const hasMark = (bytes: Uint8Array): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

/** Who looks on while a file is scanned. */
export interface Watch {
  /** Counts what was scanned so far. */
  readonly seen: Seen
  /** The file cannot be read as it is: said as soon as it is known, and maybe again. */
  readonly refused: () => void
}

const nobody = (): Watch => ({ seen: { bytes: 0, records: 0 }, refused: () => undefined })

/** Those that mean something must be bytes, or the inner loop would take others for them. */
const isOfBytes = ({ delimiter, quote, escape }: CsvOptions): boolean =>
  [delimiter, quote, escape].every((text) => text === '' || text.charCodeAt(0) < noByte)

export async function scanFields(
  path: string,
  fields: readonly Field[],
  options: CsvOptions,
  watch: Watch = nobody(),
): Promise<FieldsScanned> {
  if (fields.length > mostColumns || !isOfBytes(options)) return { records: 0, overlong: false, odd: true, bent: [] }
  const handle = await open(path, 'r')
  try {
    const scan = new FieldScan(fields, options)
    const overlong = await readThrough(handle, scan, watch)
    return { records: scan.records, overlong, odd: overlong || scan.odd, bent: scan.bent }
  } finally {
    await handle.close()
  }
}

/** True when a record does not fit in the buffer, or never ends: then nothing more is read. */
async function readThrough(handle: FileHandle, scan: FieldScan, { seen, refused }: Watch): Promise<boolean> {
  const { buffer } = scan
  const before = seen.records
  let filled = 0
  for (let first = true; ; first = false) {
    const { bytesRead } = await handle.read(buffer, filled, pieceBytes)
    seen.bytes += bytesRead
    seen.records = before + scan.records
    if (scan.odd || scan.bent.length > 0) refused()
    if (bytesRead === 0) return filled > 0 && finish(scan, filled) <= filled
    filled += bytesRead
    const rest = scan.take(first && hasMark(buffer) ? markBytes : 0, filled)
    if (filled - rest > fastRecordBytes - 1) return true
    buffer.copyWithin(0, rest, filled)
    scan.base += rest
    filled -= rest
  }
}

/** The last record may lack its line end. */
function finish(scan: FieldScan, filled: number): number {
  scan.buffer[filled] = newline
  scan.fileEnd = scan.base + filled
  return scan.take(0, filled + 1)
}
