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
 * - lines count from 1 and are physical; offsets are bytes.
 */
import { isUtf8 } from 'node:buffer'
import type { CsvOptions } from '../scan/csv-options.ts'

export interface ScannedRecord {
  readonly line: number
  readonly raw: string
  readonly fields: readonly (string | null)[]
  /** Why the record is bad; its fields are empty then. */
  readonly problem: string | null
}

const newline = 10
const carriage = 13
/** Raw text of a bad record that is kept; the rest of a monstrous line is cut. */
const keptRaw = 1 << 20

type Outcome =
  | { readonly kind: 'more' }
  | {
      readonly kind: 'record'
      readonly end: number
      readonly next: number
      readonly fields: readonly (string | null)[]
    }
  | { readonly kind: 'broken'; readonly problem: string }

interface FieldEnd {
  readonly at: number
  readonly value: string | null
}

export class RecordScanner {
  private readonly options: CsvOptions
  private readonly columns: number
  private readonly delimiter: number
  private readonly quote: number
  private readonly escape: number
  private buffer: Buffer = Buffer.alloc(0)
  private pieces: Buffer[] = []
  private gathered = 0
  private line = 1
  private ended = false
  private loneCarriage = false
  private styleKnown = false

  constructor(options: CsvOptions, columns: number) {
    this.options = options
    this.columns = columns
    this.delimiter = options.delimiter.charCodeAt(0)
    this.quote = options.quote === '' ? -1 : options.quote.charCodeAt(0)
    this.escape = options.escape === '' ? this.quote : options.escape.charCodeAt(0)
  }

  /** Takes the next bytes and gives the records that are complete. */
  push(piece: Buffer): readonly ScannedRecord[] {
    this.pieces.push(piece)
    this.gathered += piece.length
    // An unfinished record is scanned again from its start: only when as much again has come, or it would be quadratic.
    if (this.gathered < this.buffer.length) return []
    return this.drain()
  }

  /** Gives what is left when there are no more bytes. */
  finish(): readonly ScannedRecord[] {
    this.ended = true
    return this.drain()
  }

  private drain(): readonly ScannedRecord[] {
    this.buffer = Buffer.concat([this.buffer, ...this.pieces])
    this.pieces = []
    this.gathered = 0
    this.learnStyle()
    const records: ScannedRecord[] = []
    let at = 0
    while (at < this.buffer.length) {
      const blank = this.blankEnd(at)
      if (blank > at) {
        at = blank
        this.line++
        continue
      }
      const outcome = this.record(at)
      if (outcome.kind === 'more') break
      const [record, next] = outcome.kind === 'record' ? this.good(at, outcome) : this.broken(at, outcome.problem)
      if (record === null) break
      records.push(record)
      at = next
    }
    this.buffer = this.buffer.subarray(at)
    return records
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

  /** Blank lines are no records, unless a record is one field. */
  private blankEnd(at: number): number {
    return this.columns > 1 ? at + this.lineEnd(at) : at
  }

  private record(start: number): Outcome {
    const fields: (string | null)[] = []
    let at = start
    for (;;) {
      const field = this.buffer[at] === this.quote ? this.quoted(start, at) : this.unquoted(at)
      if ('kind' in field) return field
      fields.push(field.value)
      at = field.at
      if (this.buffer[at] === this.delimiter) at++
      else break
    }
    if (at >= this.buffer.length && !this.ended) return { kind: 'more' }
    // A carriage return at the very end of what has come may yet turn out to be half of a line end.
    if (this.buffer[at] === carriage && at + 1 === this.buffer.length && !this.ended) return { kind: 'more' }
    return { kind: 'record', end: at, next: at + this.lineEnd(at), fields }
  }

  private unquoted(from: number): FieldEnd | Outcome {
    let at = from
    for (; at < this.buffer.length; at++) {
      const byte = this.buffer[at]
      if (byte === this.delimiter || (byte !== undefined && byte <= carriage && this.lineEnd(at) > 0)) break
    }
    if (at >= this.buffer.length && !this.ended) return this.tooLong(from) ?? { kind: 'more' }
    const value = this.buffer.toString('utf8', from, at)
    return { at, value: value === this.options.nullText ? null : value }
  }

  private tooLong(from: number): Outcome | null {
    if (this.buffer.length - from <= this.options.maxRecordBytes) return null
    return { kind: 'broken', problem: `size: the record is longer than ${this.options.maxRecordBytes} bytes` }
  }

  /** From an opening quote to the end of its field. */
  private quoted(start: number, open: number): FieldEnd | Outcome {
    let at = open + 1
    let doubled = false
    for (;;) {
      const close = this.nextQuote(at)
      if (close < 0 || close - open > this.options.maxQuotedBytes) return this.unclosed(open, close)
      if (this.buffer[close] === this.escape && this.isEscape(close)) {
        doubled = true
        at = close + 2
        continue
      }
      if (close + 1 >= this.buffer.length && !this.ended) return { kind: 'more' }
      if (this.linesIn(open, close) > this.options.maxQuotedLines) return this.unclosed(open, close)
      const after = close + 1
      if (after < this.buffer.length && this.buffer[after] !== this.delimiter && this.lineEnd(after) === 0)
        return this.afterQuote(start, after)
      const text = this.buffer.toString('utf8', open + 1, close)
      return { at: after, value: doubled ? this.unescape(text) : text }
    }
  }

  private nextQuote(from: number): number {
    const quote = this.buffer.indexOf(this.quote, from)
    if (this.escape === this.quote) return quote
    const escape = this.buffer.indexOf(this.escape, from)
    return escape >= 0 && (quote < 0 || escape < quote) ? escape : quote
  }

  private isEscape(at: number): boolean {
    const next = this.buffer[at + 1]
    return next === this.quote || (this.escape !== this.quote && next === this.escape)
  }

  private unescape(text: string): string {
    const { quote } = this.options
    const escape = this.options.escape === '' ? quote : this.options.escape
    if (escape === quote) return text.replaceAll(quote + quote, quote)
    return text.replaceAll(escape + quote, quote).replaceAll(escape + escape, escape)
  }

  private unclosed(open: number, close: number): Outcome {
    const spent = (close < 0 ? this.buffer.length : close) - open > this.options.maxQuotedBytes
    const lines = close < 0 && this.linesIn(open, this.buffer.length) > this.options.maxQuotedLines
    if (close < 0 && !this.ended && !spent && !lines) return { kind: 'more' }
    return { kind: 'broken', problem: 'quote: a quoted field does not close' }
  }

  private afterQuote(start: number, after: number): Outcome {
    if (after + 1 >= this.buffer.length && !this.ended && this.buffer[after] === carriage) return { kind: 'more' }
    const line = this.linesIn(start, after) > 0 ? ' (it closes lines further down)' : ''
    return { kind: 'broken', problem: `quote: text follows the closing quote of a field${line}` }
  }

  private linesIn(from: number, to: number): number {
    let lines = 0
    const end = this.loneCarriage ? carriage : newline
    for (let at = this.buffer.indexOf(end, from); at >= 0 && at < to; at = this.buffer.indexOf(end, at + 1)) lines++
    return lines
  }

  private good(at: number, found: Extract<Outcome, { kind: 'record' }>): readonly [ScannedRecord | null, number] {
    const { end, next, fields } = found
    const problem = this.problemOf(at, end, fields.length)
    const lines = this.linesIn(at, end)
    if (problem !== null && lines > 0) return this.broken(at, problem)
    const record = {
      line: this.line,
      raw: this.buffer.toString('utf8', at, problem === null ? end : Math.min(end, at + keptRaw)),
      fields: problem === null ? fields : [],
      problem,
    }
    this.line += lines + 1
    return [record, next]
  }

  private problemOf(at: number, end: number, count: number): string | null {
    if (count !== this.columns) return `columns: expected ${this.columns}, found ${count}`
    if (!isUtf8(this.buffer.subarray(at, end))) return 'encoding: the record is not valid UTF-8'
    if (end - at > this.options.maxRecordBytes)
      return `size: the record is longer than ${this.options.maxRecordBytes} bytes`
    return null
  }

  /** Gives up on the physical line at `at` alone; null while its end has not come yet. */
  private broken(at: number, problem: string): readonly [ScannedRecord | null, number] {
    let end = at
    while (end < this.buffer.length && this.lineEnd(end) === 0) end++
    if (end >= this.buffer.length && !this.ended) return [null, at]
    const raw = this.buffer.toString('utf8', at, Math.min(end, at + keptRaw))
    const record = { line: this.line, raw, fields: [], problem }
    this.line++
    return [record, end + this.lineEnd(end)]
  }
}
