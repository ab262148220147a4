import { type Cursor, readInt } from './cursor.ts'
import type { AvroSchema, AvroValue } from './schema.ts'

/** The pairs of a map with keys that are no text, decoded only when they are asked for.
 *
 * Statistics are nine tenths of a manifest, and a query looks at those of one or two columns of the files that are left.
 */
export class Pairs {
  readonly #bytes: Buffer
  readonly #start: number
  readonly #readers: PairReaders

  constructor(bytes: Buffer, start: number, readers: PairReaders) {
    this.#bytes = bytes
    this.#start = start
    this.#readers = readers
  }

  decode(): AvroValue {
    return this.#readers.all({ bytes: this.#bytes, at: this.#start })
  }

  /** The value of one key alone. */
  get(key: number): AvroValue | undefined {
    const cursor = { bytes: this.#bytes, at: this.#start }
    for (let count = readInt(cursor); count !== 0; count = readInt(cursor)) {
      if (count < 0) readInt(cursor)
      for (let left = Math.abs(count); left > 0; left -= 1) {
        if (readInt(cursor) === key) return this.#readers.value(cursor)
        this.#readers.skipValue(cursor)
      }
    }
    return undefined
  }
}

interface PairReaders {
  readonly all: (cursor: Cursor) => AvroValue
  readonly value: (cursor: Cursor) => AvroValue
  readonly skipValue: Skip
}

/** Moves over one value without making it. */
type Skip = (cursor: Cursor) => void

/** null for types whose values are not simply skipped. */
export function compileSkip(schema: AvroSchema): Skip | null {
  if (schema === 'int' || schema === 'long') return skipLong
  if (schema === 'bytes' || schema === 'string') return skipBytes
  if (typeof schema !== 'object' || !('type' in schema) || schema.type !== 'record') return null
  const fields = schema.fields.map((field) => compileSkip(field.type))
  return fields.every((skip) => skip !== null) ? (cursor) => fields.forEach((skip) => skip(cursor)) : null
}

function skipLong(cursor: Cursor): void {
  const { bytes } = cursor
  while ((bytes[cursor.at] ?? 0) >= 0x80) cursor.at += 1
  cursor.at += 1
}

function skipBytes(cursor: Cursor): void {
  let [length, scale] = [0, 1]
  const { bytes } = cursor
  for (;;) {
    const byte = bytes[cursor.at] ?? 0
    cursor.at += 1
    length += (byte & 0x7f) * scale
    scale *= 128
    if (byte < 0x80) break
  }
  // Lengths are zigzag numbers, and never negative.
  cursor.at += length / 2
}
