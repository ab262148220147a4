import type { PrimitiveType, Transform } from '@millrace/core'
import { encode } from './bounds.ts'
import { dateOf, floorDivide, microsPerDay } from './calendar.ts'
import { murmur3 } from './murmur3.ts'
import type { Stored } from './value.ts'

const microsPerHour = microsPerDay / 24n

/** What a transform makes of a value, exactly as the specification says. */
export function applyTransform(transform: Transform, type: PrimitiveType, value: Stored): Stored {
  if (transform === 'identity') return value
  if (typeof transform === 'string') return typeof value === 'bigint' ? timePart(transform, type, value) : value
  if ('bucket' in transform) return BigInt((bucketHash(type, value) & 0x7fffffff) % transform.bucket)
  return truncate(transform.truncate, value)
}

function timePart(part: 'year' | 'month' | 'day' | 'hour', type: PrimitiveType, value: bigint): bigint {
  if (part === 'hour') return floorDivide(value, microsPerHour)
  const days = type === 'date' ? value : floorDivide(value, microsPerDay)
  if (part === 'day') return days
  const { year, month } = dateOf(Number(days))
  return BigInt(part === 'year' ? year - 1970 : (year - 1970) * 12 + month - 1)
}

/** Whole numbers and days hash as 64 bits, whatever their own width, so that a widened column keeps its buckets. */
function bucketHash(type: PrimitiveType, value: Stored): number {
  if (typeof value === 'bigint' && !type.startsWith('decimal')) return murmur3(encode('int64', value))
  return murmur3(encode(type, value))
}

function truncate(width: number, value: Stored): Stored {
  if (typeof value === 'bigint') return floorDivide(value, BigInt(width)) * BigInt(width)
  if (typeof value === 'string') return Array.from(value).slice(0, width).join('')
  return value instanceof Uint8Array ? value.subarray(0, width) : value
}

/** Whether greater values have greater or equal results, so that a range maps to a range. */
export function keepsOrder(transform: Transform): boolean {
  return typeof transform === 'string' || 'truncate' in transform
}
