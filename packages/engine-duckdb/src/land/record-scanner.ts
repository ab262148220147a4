/**
 * Splits delimited text into records, never losing a byte of it. Invariants:
 * - every physical line belongs to exactly one record, good or bad, except blank ones (in files of several columns);
 * - a good record has the expected number of fields and is valid UTF-8;
 * - a quoted field may hold delimiters, line ends and doubled quotes. One that does not close within its limits, or that
 *   is followed by other text, makes only its FIRST line a bad record: reading goes on with the next line, because the
 *   quote was a slip and the lines after it are records of their own. The same holds for a record of several lines whose
 *   fields do not count up;
 * - quotes inside an unquoted field are plain text; `\n` and `\r\n` may be mixed; a lone `\r` ends lines only in files
 *   whose first line ends so;
 * - lines count from 1 and are physical; offsets are bytes of the file.
 * It works on bytes alone: making strings of fields would cost more than all the rest.
 */
import { isUtf8 } from 'node:buffer'
import type { CsvOptions } from '../scan/csv-options.ts'

export interface ScannedRecord {
  readonly line: number
  /** Where it lies in the file, and where in the bytes that came with it; the line end is not part of it. */
  readonly offset: number
  readonly start: number
  readonly end: number
  /** Why the record is bad. */
  readonly problem: string | null
}

export interface Scanned {
  readonly bytes: Buffer
  readonly records: readonly ScannedRecord[]
}

const newline = 10
const carriage = 13
/** Answers of the scanning loops that are no position. */
const more = -1
const broken = -2

export class RecordScanner {
  private readonly options: CsvOptions
  private readonly columns: number
  private readonly delimiter: number
  private readonly quote: number
  private readonly escape: number
  private buffer: Buffer = Buffer.alloc(0)
  private pieces: Buffer[] = []
  private gathered = 0
  private offset: number
  private line: number
  private ended = false
  private loneCarriage = false
  private styleKnown = false
  /** Of the record being scanned. */
  private problem = ''
  private fields = 0
  private inner = 0

  /** From an offset of the file that lies in a line, or from its beginning. */
  constructor(options: CsvOptions, columns: number, offset = 0, line = 1) {
    this.options = options
    this.columns = columns
    this.offset = offset
    this.line = line
    this.delimiter = options.delimiter.charCodeAt(0)
    this.quote = options.quote === '' ? -1 : options.quote.charCodeAt(0)
    this.escape = options.escape === '' ? this.quote : options.escape.charCodeAt(0)
  }

  /** Takes the next bytes and gives the records that are complete. */
  push(piece: Buffer): Scanned {
    this.pieces.push(piece)
    this.gathered += piece.length
    // An unfinished record is scanned again from its start: only when as much again has come, or it would be quadratic.
    if (this.gathered < this.buffer.length) return { bytes: this.buffer, records: [] }
    return this.drain()
  }

  /** Gives what is left when there are no more bytes. */
  finish(): Scanned {
    this.ended = true
    return this.drain()
  }

  private drain(): Scanned {
    this.buffer =
      this.buffer.length === 0 && this.pieces.length === 1
        ? (this.pieces[0] ?? this.buffer)
        : Buffer.concat([this.buffer, ...this.pieces])
    this.pieces = []
    this.gathered = 0
    this.learnStyle()
    const bytes = this.buffer
    const clean = isUtf8(bytes)
    const records: ScannedRecord[] = []
    let at = 0
    while (at < bytes.length) {
      if (this.columns > 1 && this.lineEnd(at) > 0) {
        at += this.lineEnd(at)
        this.line++
        continue
      }
      const next = this.take(at, clean, records)
      if (next === more) break
      at = next
    }
    this.buffer = bytes.subarray(at)
    this.offset += at
    return { bytes, records }
  }

  /** Scans one record, good or bad; gives where the next begins. */
  private take(start: number, clean: boolean, records: ScannedRecord[]): number {
    const end = this.record(start)
    if (end === more) return this.overflow(start, records)
    if (end === broken) return this.giveUp(start, records)
    const problem = this.problemOf(start, end, clean)
    if (problem !== null && this.inner > 0) {
      this.problem = problem
      return this.giveUp(start, records)
    }
    records.push({ line: this.line, offset: this.offset + start, start, end, problem })
    this.line += this.inner + 1
    return end + this.lineEnd(end)
  }

  private learnStyle(): void {
    if (this.styleKnown) return
    const [feed, back] = [this.buffer.indexOf(newline), this.buffer.indexOf(carriage)]
    if (back < 0 && feed < 0) return
    if (back === this.buffer.length - 1 && !this.ended) return
    this.styleKnown = true
    this.loneCarriage = back >= 0 && feed !== back + 1 && (feed < 0 || back < feed)
  }

  /** The length of the line end at `at`, 0 if there is none. */
  private lineEnd(at: number): number {
    const byte = this.buffer[at]
    if (byte === newline) return 1
    if (byte !== carriage) return 0
    if (this.buffer[at + 1] === newline) return 2
    return this.loneCarriage ? 1 : 0
  }

  /** The end of the record that begins at `start`. */
  private record(start: number): number {
    const { buffer, delimiter, quote } = this
    this.fields = 1
    this.inner = 0
    let at = start
    for (;;) {
      if (buffer[at] === quote) at = this.quoted(at)
      else at = this.unquoted(at)
      if (at < 0) return at
      if (buffer[at] !== delimiter) break
      this.fields++
      at++
    }
    if (this.ended) return at
    // A carriage return at the very end of what has come may yet turn out to be half of a line end.
    return at >= buffer.length || (buffer[at] === carriage && at + 1 === buffer.length) ? more : at
  }

  private unquoted(from: number): number {
    const { buffer, delimiter } = this
    const { length } = buffer
    for (let at = from; at < length; at++) {
      const byte = buffer[at] ?? 0
      if (byte === delimiter) return at
      if ((byte === newline || byte === carriage) && (this.lineEnd(at) > 0 || at + 1 === length)) return at
    }
    return length
  }

  /** From an opening quote to just behind its closing one. */
  private quoted(open: number): number {
    const { buffer, quote, escape } = this
    const { maxQuotedBytes, maxQuotedLines } = this.options
    const last = this.loneCarriage ? carriage : newline
    let lines = 0
    for (let at = open + 1; at < buffer.length; at++) {
      const byte = buffer[at] ?? 0
      if (byte === escape && this.escapes(at)) {
        if (at + 1 >= buffer.length && !this.ended) return more
        at++
      } else if (byte === quote) return this.closed(at + 1, lines)
      else if (byte === last && ++lines > maxQuotedLines) return this.unclosed()
      if (at - open > maxQuotedBytes) return this.unclosed()
    }
    return this.ended ? this.unclosed() : more
  }

  private escapes(at: number): boolean {
    const next = this.buffer[at + 1]
    return next === this.quote || (this.escape !== this.quote && (next === this.escape || next === undefined))
  }

  /** Behind a quote that closes: only a delimiter or a line end may follow. */
  private closed(after: number, lines: number): number {
    const next = this.buffer[after]
    // The next byte may make it a doubled quote, or half of a line end.
    if (!this.ended && (next === undefined || (next === carriage && after + 1 === this.buffer.length))) return more
    this.inner += lines
    if (next === undefined || next === this.delimiter || this.lineEnd(after) > 0) return after
    this.problem = 'quote: text follows the closing quote of a field'
    return broken
  }

  private unclosed(): number {
    this.problem = 'quote: a quoted field does not close'
    return broken
  }

  private problemOf(start: number, end: number, clean: boolean): string | null {
    if (this.fields !== this.columns) return `columns: expected ${this.columns}, found ${this.fields}`
    if (!clean && !isUtf8(this.buffer.subarray(start, end))) return 'encoding: the record is not valid UTF-8'
    return end - start > this.options.maxRecordBytes ? this.tooLong() : null
  }

  private tooLong(): string {
    return `size: the record is longer than ${this.options.maxRecordBytes} bytes`
  }

  /** An unfinished record waits for more bytes, unless it has grown beyond its limit. */
  private overflow(start: number, records: ScannedRecord[]): number {
    if (this.buffer.length - start <= this.options.maxRecordBytes) return more
    this.problem = this.tooLong()
    return this.giveUp(start, records)
  }

  /** Makes the physical line at `start` alone a bad record. */
  private giveUp(start: number, records: ScannedRecord[]): number {
    let end = start
    while (end < this.buffer.length && this.lineEnd(end) === 0) end++
    const half = this.buffer[end - 1] === carriage && end === this.buffer.length
    if ((end >= this.buffer.length || half) && !this.ended) return more
    records.push({ line: this.line, offset: this.offset + start, start, end, problem: this.problem })
    this.line++
    return end + this.lineEnd(end)
  }
}
