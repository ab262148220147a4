/** Bytes and the place that has been read up to. */
export interface Cursor {
  readonly bytes: Buffer
  at: number
}

export function take(cursor: Cursor, size: number): Buffer {
  const end = cursor.at + size
  if (size < 0 || end > cursor.bytes.length) throw new Error('Avro data ends too early')
  const part = cursor.bytes.subarray(cursor.at, end)
  cursor.at = end
  return part
}

export function readString(cursor: Cursor): string {
  return take(cursor, readInt(cursor)).toString('utf8')
}

/** A long that must be a length, a count or an index. */
export function readInt(cursor: Cursor): number {
  const value = readLong(cursor)
  if (typeof value === 'bigint') throw new Error('Avro length out of range')
  return value
}

/** Six bytes of seven bits are exact in a double (doubled by the zigzag); longer ones take the way of bigints. */
export function readLong(cursor: Cursor): number | bigint {
  const { bytes } = cursor
  let value = 0
  let scale = 1
  for (let index = 0; index < 6; index += 1) {
    const byte = bytes[cursor.at + index]
    if (byte === undefined) throw new Error('Avro data ends too early')
    value += (byte & 0x7f) * scale
    scale *= 128
    if (byte < 0x80) {
      cursor.at += index + 1
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
  }
  return readBigLong(cursor)
}

/** The lowest 42 bits and those above them, each exact in a double. */
function readBigLong(cursor: Cursor): number | bigint {
  const { bytes } = cursor
  const parts = [0, 0]
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[cursor.at + index]
    if (byte === undefined) throw new Error('Avro data ends too early')
    const high = Math.floor(index / 6)
    parts[high] = (parts[high] ?? 0) + (byte & 0x7f) * 2 ** (7 * (index % 6))
    if (byte >= 0x80) continue
    cursor.at += index + 1
    const [low = 0, above = 0] = parts
    const raw = (BigInt(above) << 42n) | BigInt(low)
    const value = (raw >> 1n) ^ -(raw & 1n)
    return Number.isSafeInteger(Number(value)) ? Number(value) : value
  }
  throw new Error('Avro long has too many bytes')
}

/** Arrays and maps come in counted blocks; a negative count is followed by the block's size. */
export function readBlocks(cursor: Cursor, item: () => void): void {
  for (let count = readInt(cursor); count !== 0; count = readInt(cursor)) {
    if (count < 0) readLong(cursor)
    for (let left = Math.abs(count); left > 0; left -= 1) item()
  }
}
