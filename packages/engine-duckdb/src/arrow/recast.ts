import type { DataType } from '@millrace/core'
import { isThere, layoutOf, noBytes } from './column.ts'

/** How numbers that lie otherwise than ours become ours: each times or over a factor, exactly. */
export interface Recast {
  readonly width: number
  readonly get: (view: DataView, at: number) => bigint
  readonly times?: bigint
  readonly over?: bigint
}

const signed32 = (view: DataView, at: number): bigint => BigInt(view.getInt32(at, true))
const signed64 = (view: DataView, at: number): bigint => view.getBigInt64(at, true)

const unsigned: Readonly<Record<number, Recast>> = {
  8: { width: 1, get: (view, at) => BigInt(view.getUint8(at)) },
  16: { width: 2, get: (view, at) => BigInt(view.getUint16(at, true)) },
  32: { width: 4, get: (view, at) => BigInt(view.getUint32(at, true)) },
}

/** Whole numbers without a sign, in the next type with one. */
export const unsignedOf = (bits: number): Recast | null => unsigned[bits] ?? null

/** A time or a moment counted in another unit. */
export const inUnit = (width: 4 | 8, factor: Pick<Recast, 'times' | 'over'>): Recast => ({
  width,
  get: width === 4 ? signed32 : signed64,
  ...factor,
})

const setters: Readonly<Record<number, (view: DataView, at: number, value: bigint) => void>> = {
  2: (view, at, value) => view.setInt16(at, Number(value), true),
  4: (view, at, value) => view.setInt32(at, Number(value), true),
  8: (view, at, value) => view.setBigInt64(at, value, true),
}

/** A number that its new type does not hold. */
export class RecastError extends Error {
  readonly row: number
  readonly value: bigint

  constructor(row: number, value: bigint) {
    super(`${value} does not fit`)
    this.row = row
    this.value = value
  }
}

/** The values of `length` rows in the layout of `type`; rows that are null are not looked at. */
export function recast(
  bytes: Uint8Array,
  how: Recast,
  type: DataType,
  rows: { readonly length: number; readonly validity: Uint8Array | null },
): Uint8Array {
  const layout = layoutOf(type)
  const width = typeof layout === 'object' ? layout.width : 8
  const set = setters[width]
  if (rows.length === 0 || set === undefined) return noBytes
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const to = new Uint8Array(rows.length * width)
  const view = new DataView(to.buffer)
  for (let row = 0; row < rows.length; row++) {
    if (!isThere(rows.validity, row)) continue
    const value = how.get(from, row * how.width)
    const { times = 1n, over = 1n } = how
    const fitting = (value * times) / over
    if ((value * times) % over !== 0n || BigInt.asIntN(width * 8, fitting) !== fitting)
      throw new RecastError(row, value)
    set(view, row * width, fitting)
  }
  return to
}
