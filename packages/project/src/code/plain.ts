import type { Json } from '@millrace/core'
import { functionMark, type Exported } from './protocol.ts'

/** A definition as plain data; what is no data is reported by its key. */
export function plainExport(name: string, value: object): Exported {
  const odd: { key: string; received: string }[] = []
  const data = plain(value, '', odd)
  return { name, data: data ?? null, odd }
}

function plain(value: unknown, key: string, odd: { key: string; received: string }[]): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value)
  if (typeof value === 'function') return { [functionMark]: true }
  if (value === undefined) return undefined
  if (Array.isArray(value)) return value.map((one, i) => plain(one, `${key}[${i}]`, odd) ?? null)
  if (isPlainObject(value)) {
    const entries = Object.entries(value).map(
      ([inner, one]) => [inner, plain(one, key === '' ? inner : `${key}.${inner}`, odd)] as const,
    )
    return Object.fromEntries(entries.filter(([, one]) => one !== undefined))
  }
  odd.push({ key: key === '' ? 'the definition' : key, received: describe(value) })
  return undefined
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `a ${value.constructor.name}`
  return typeof value === 'symbol' ? 'a symbol' : String(value)
}
