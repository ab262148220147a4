import { createReadStream } from 'node:fs'

export interface LineCount {
  /** Lines with something in them, or all of them when a blank line is a value. */
  readonly lines: number
  readonly longest: number
}

/**
 * Counts the physical lines of a file, beside DuckDB's reading: what it read must come to the same number, or be counted
 * record by record. It was seen to drop all that follows an overlong line without a word.
 */
export async function countLines(path: string, { blank }: { readonly blank: boolean }): Promise<LineCount> {
  let [lines, longest, carried, lastByte] = [0, 0, 0, 10]
  const end = (length: number, before: number): void => {
    if (length > longest) longest = length
    if (blank || length > 1 || (length === 1 && before !== 13)) lines++
  }
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = piece as Buffer
    let from = 0
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      end(carried + at - from, at > 0 ? (bytes[at - 1] ?? 0) : lastByte)
      carried = 0
      from = at + 1
    }
    carried += bytes.length - from
    lastByte = bytes.at(-1) ?? lastByte
  }
  if (carried > 0) end(carried, lastByte)
  return { lines, longest }
}
