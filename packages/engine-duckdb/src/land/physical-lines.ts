import { createReadStream } from 'node:fs'

/** The physical line (from 1) at each byte offset of a file; `offsets` ascend. DuckDB counts records instead. */
export async function physicalLines(path: string, offsets: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const lines = new Map<number, number>()
  const last = offsets.at(-1)
  if (last === undefined) return lines
  let [line, start, next] = [1, 0, 0]
  const settle = (upto: number): void => {
    for (let offset = offsets[next]; offset !== undefined && offset <= upto; offset = offsets[++next])
      lines.set(offset, line)
  }
  for await (const piece of createReadStream(path, { end: last, highWaterMark: 1 << 20 })) {
    const bytes = piece as Buffer
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
      settle(start + at)
      line++
    }
    start += bytes.length
  }
  settle(Infinity)
  return lines
}
