import type { Json } from '@millrace/core'
import type { Row } from '../read/rows.ts'

/** A row as JSON: what JSON cannot hold becomes text. */
export function plainRow(row: Row): Readonly<Record<string, Json>> {
  return JSON.parse(
    JSON.stringify(row, (_, value: unknown) => {
      if (typeof value === 'bigint')
        return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value.toString()
      // JSON has no number for these, and would say that there is no value.
      if (typeof value === 'number' && !Number.isFinite(value)) return `${value}`
      if (value instanceof Map) return Object.fromEntries(value) as unknown
      return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
    }),
  ) as Readonly<Record<string, Json>>
}
