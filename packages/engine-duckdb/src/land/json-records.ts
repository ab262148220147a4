/**
 * The records of a JSON file: its lines, or the elements of its one array. Invariants:
 * - every byte of a file of lines belongs to one line; blank lines are no records;
 * - elements are told by brackets and quotes alone, so a broken one spoils only itself as long as these count up;
 * - an array that does not begin, or does not end, makes the file unreadable as a whole: half of it must not pass for all.
 */
import { createReadStream } from 'node:fs'
import { fail } from '@millrace/core'
import { backslash, close, comma, endList, isSpace, list, open, quote } from './json-bytes.ts'

export interface JsonRecords {
  readonly bytes: Buffer
  /** Where each record begins and ends in the bytes, by turns; without the spaces around it. */
  readonly spans: readonly number[]
}

export interface JsonSource {
  readonly path: string
  readonly label: string
  readonly layout: 'lines' | 'array'
}

const newline = 10
const markBytes = 3

/** Splits what has come; gives where the first unfinished record begins. */
interface Splitter {
  split(bytes: Buffer, from: number, spans: number[]): number
  finish(bytes: Buffer, spans: number[]): void
}

function addSpan(bytes: Buffer, from: number, to: number, spans: number[]): void {
  let [start, end] = [from, to]
  while (start < end && isSpace(bytes[start])) start++
  while (end > start && isSpace(bytes[end - 1])) end--
  if (end > start) spans.push(start, end)
}

const lines: Splitter = {
  split: (bytes, from, spans) => {
    let start = from
    for (let end = bytes.indexOf(newline, start); end >= 0; end = bytes.indexOf(newline, start)) {
      addSpan(bytes, start, end, spans)
      start = end + 1
    }
    return start
  },
  finish: (bytes, spans) => addSpan(bytes, 0, bytes.length, spans),
}

class Elements implements Splitter {
  private readonly label: string
  private state: 'before' | 'inside' | 'behind' = 'before'

  constructor(label: string) {
    this.label = label
  }

  split(bytes: Buffer, from: number, spans: number[]): number {
    let at = from
    if (this.state === 'before') {
      while (at < bytes.length && isSpace(bytes[at])) at++
      if (at === bytes.length) return at
      if (bytes[at] !== list) this.refuse('it holds no array')
      this.state = 'inside'
      at++
    }
    while (this.state === 'inside') {
      const end = elementEnd(bytes, at)
      if (end < 0) return at
      addSpan(bytes, at, end, spans)
      if (bytes[end] === endList) this.state = 'behind'
      at = end + 1
    }
    for (; at < bytes.length; at++) if (!isSpace(bytes[at])) this.refuse('something follows its array')
    return at
  }

  finish(): void {
    if (this.state !== 'behind') this.refuse('its array does not end')
  }

  private refuse(problem: string): never {
    return fail('files/unreadable', { path: this.label, problem })
  }
}

/** The comma or bracket that ends an element; -1 when it has not come yet. */
function elementEnd(bytes: Buffer, from: number): number {
  let depth = 0
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) {
      for (at++; at < bytes.length && bytes[at] !== quote; at++) if (bytes[at] === backslash) at++
    } else if (byte === open || byte === list) depth++
    else if (byte === close || byte === endList) {
      if (depth === 0) return at
      depth--
    } else if (byte === comma && depth === 0) return at
  }
  return -1
}

export async function* jsonRecords({ path, label, layout }: JsonSource): AsyncGenerator<JsonRecords> {
  const splitter = layout === 'array' ? new Elements(label) : lines
  let rest: Buffer[] = []
  let [waiting, scanned, first] = [0, 0, true]
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    rest.push(piece as Buffer)
    waiting += (piece as Buffer).length
    // A record that did not end is scanned again from its start: only when as much again has come.
    if (waiting < scanned * 2) continue
    const bytes = rest.length === 1 ? (piece as Buffer) : Buffer.concat(rest)
    const spans: number[] = []
    const start = first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? markBytes : 0
    const next = splitter.split(bytes, start, spans)
    first = false
    yield { bytes, spans }
    rest = [bytes.subarray(next)]
    waiting = bytes.length - next
    scanned = waiting
  }
  const bytes = Buffer.concat(rest)
  const spans: number[] = []
  const next = splitter.split(bytes, 0, spans)
  const tail = bytes.subarray(next)
  yield { bytes, spans }
  const last: number[] = []
  splitter.finish(tail, last)
  yield { bytes: tail, spans: last }
}
