import type { PrimitiveType } from '@millrace/core'
import type { Stored } from './value.ts'

/** How much of a long text or blob a bound keeps: whole code points, so that the cut never lies inside one. */
const kept = 16

/** The lower bound that stands for `value`: at most it, never above. null: no bound. */
export function lowerBound(type: PrimitiveType, value: Stored): Uint8Array | null {
  if (typeof value === 'number') return encode(type, value === 0 ? -0 : value)
  if (typeof value === 'string') return encode(type, Array.from(value).slice(0, kept).join(''))
  return encode(type, type === 'binary' && value instanceof Uint8Array ? value.subarray(0, kept) : value)
}

/** The upper bound that stands for `value`: at least it. null where a cut value cannot be raised. */
export function upperBound(type: PrimitiveType, value: Stored): Uint8Array | null {
  if (typeof value === 'number') return encode(type, value === 0 ? 0 : value)
  const raised = raise(type, value)
  return raised === null ? null : encode(type, raised)
}

function raise(type: PrimitiveType, value: Stored): Stored | null {
  if (typeof value === 'string') {
    const points = Array.from(value)
    return points.length <= kept ? value : raiseText(points.slice(0, kept))
  }
  if (type === 'binary' && value instanceof Uint8Array)
    return value.length <= kept ? value : raiseBytes(value.subarray(0, kept))
  return value
}

const lastPoint = 0x10ffff

/** The least text above everything that begins with these code points. */
function raiseText(points: readonly string[]): string | null {
  for (let at = points.length - 1; at >= 0; at -= 1) {
    const next = (points[at]?.codePointAt(0) ?? lastPoint) + 1
    // Surrogates are no characters: the one before them is followed by the one after.
    const valid = next === 0xd800 ? 0xe000 : next
    if (valid <= lastPoint) return points.slice(0, at).join('') + String.fromCodePoint(valid)
  }
  return null
}

function raiseBytes(bytes: Uint8Array): Uint8Array | null {
  for (let at = bytes.length - 1; at >= 0; at -= 1) {
    const byte = bytes[at] ?? 0xff
    if (byte < 0xff) return Uint8Array.of(...bytes.subarray(0, at), byte + 1)
  }
  return null
}

/** Iceberg's binary form of a single value. */
export function encode(type: PrimitiveType, value: Stored): Uint8Array {
  if (type.startsWith('decimal') && typeof value === 'bigint') return twosComplement(value)
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return Buffer.from(value, 'utf8')
  if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0)
  const bytes = Buffer.alloc(type === 'int32' || type === 'date' || type === 'float32' ? 4 : 8)
  if (type === 'float32') bytes.writeFloatLE(Number(value))
  else if (type === 'float64') bytes.writeDoubleLE(Number(value))
  else if (bytes.length === 4) bytes.writeInt32LE(Number(value))
  else bytes.writeBigInt64LE(BigInt(value))
  return bytes
}

/** Reads a bound. Old files keep the width they were written with: an int's bound may belong to what is now a long. */
export function decode(type: PrimitiveType, raw: Uint8Array): Stored | null {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  if (type.startsWith('decimal')) return fromTwosComplement(bytes)
  if (type === 'string') return bytes.toString('utf8')
  if (type === 'boolean') return bytes[0] === 1
  if (type === 'binary' || type === 'uuid' || type.startsWith('fixed')) return bytes
  const real = type === 'float32' || type === 'float64'
  if (bytes.length === 4) return real ? numberOrNull(bytes.readFloatLE()) : BigInt(bytes.readInt32LE())
  if (bytes.length !== 8) return null
  return real ? numberOrNull(bytes.readDoubleLE()) : bytes.readBigInt64LE()
}

const numberOrNull = (value: number): number | null => (Number.isNaN(value) ? null : value)

/** Big endian, in as few bytes as hold the sign. */
function twosComplement(value: bigint): Uint8Array {
  let size = 1
  while (BigInt.asIntN(8 * size, value) !== value) size += 1
  return sizedTwosComplement(value, size)
}

export function sizedTwosComplement(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let left = BigInt.asUintN(8 * size, value)
  for (let at = size - 1; at >= 0; at -= 1, left >>= 8n) bytes[at] = Number(left & 0xffn)
  return bytes
}

export function fromTwosComplement(bytes: Uint8Array): bigint {
  const unsigned = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
  return BigInt.asIntN(8 * bytes.length, unsigned)
}
