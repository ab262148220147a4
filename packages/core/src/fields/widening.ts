import type { PrimitiveType } from '../types/data-type.ts'

/** Readers of old files know how to read each type as any of those after it. Date to timestamp needs Iceberg v3. */
const widerTypes: Readonly<Partial<Record<PrimitiveType, readonly PrimitiveType[]>>> = {
  int8: ['int16', 'int32', 'int64'],
  int16: ['int32', 'int64'],
  int32: ['int64'],
  float32: ['float64'],
  json: ['string'],
}

/** Whether values of `from` can be read as `to`, by every reader and without loss. */
export function widens(from: PrimitiveType, to: PrimitiveType): boolean {
  if (from === to || (widerTypes[from]?.includes(to) ?? false)) return true
  const [narrow, wide] = [decimalParts(from === 'uint64' ? 'decimal(20,0)' : from), decimalParts(to)]
  return narrow !== null && wide !== null && narrow.scale === wide.scale && narrow.precision <= wide.precision
}

/** Precision and scale of a decimal type; null for every other type. */
export function decimalParts(type: string): { precision: number; scale: number } | null {
  const match = /^decimal\((\d+), ?(\d+)\)$/.exec(type)
  return match === null ? null : { precision: Number(match[1]), scale: Number(match[2]) }
}
