import { createReadStream } from 'node:fs'

export interface LineCount {
  /** Lines with something in them, or all of them when a blank line is a value. */
  readonly lines: number
  readonly longest: number
}

const newline = 10
const carriage = 13

/**
 * Where the newlines of a piece are. Four bytes are looked at in one step (a zero byte of `word ^ 0x0a0a0a0a` is a
 * newline): looking for one after another costs three times as much, which a large load would feel.
 */
function eachNewline(bytes: Buffer, found: (at: number) => void): void {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(bytes)
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2)
  for (let i = 0; i < words.length; i++) {
    const mixed = (words[i] ?? 0) ^ 0x0a0a0a0a
    if (((mixed - 0x01010101) & ~mixed & 0x80808080) === 0) continue
    for (let at = i * 4; at < i * 4 + 4; at++) if (bytes[at] === newline) found(at)
  }
  for (let at = words.length * 4; at < bytes.length; at++) if (bytes[at] === newline) found(at)
}

/**
 * Counts the physical lines of a file, beside DuckDB's reading: what it read must come to the same number, or be counted
 * record by record. It was seen to drop all that follows an overlong line without a word.
 */
export async function countLines(path: string, { blank }: { readonly blank: boolean }): Promise<LineCount> {
  let [lines, longest, carried, lastByte] = [0, 0, 0, newline]
  const end = (length: number, before: number): void => {
    if (length > longest) longest = length
    if (blank || length > 1 || (length === 1 && before !== carriage)) lines++
  }
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = piece as Buffer
    let from = 0
    eachNewline(bytes, (at) => {
      end(carried + at - from, at > 0 ? (bytes[at - 1] ?? 0) : lastByte)
      carried = 0
      from = at + 1
    })
    carried += bytes.length - from
    lastByte = bytes.at(-1) ?? lastByte
  }
  if (carried > 0) end(carried, lastByte)
  return { lines, longest }
}
