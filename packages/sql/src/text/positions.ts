/** DuckDB counts bytes of UTF-8 where editors count UTF-16 units. */
export function utf16Offset(text: string, bytes: number): number {
  if (bytes <= 0) return 0
  return Buffer.from(text).subarray(0, bytes).toString().length
}

const token = /"(?:[^"]|"")*"|'(?:[^']|'')*'|\$?[\p{L}\p{N}_]+(?:\.(?:[\p{L}\p{N}_]+|"(?:[^"]|"")*"))*|\S/uy

/** How long the word, quoted name, string or sign at an offset is; dotted names count as one. */
export function tokenLength(text: string, offset: number): number {
  token.lastIndex = offset
  return token.exec(text)?.[0].length ?? 1
}
