import { decode, encode } from './bounds.ts'
import type { TypedPartitionField } from './manifest-schema.ts'
import { compareStored, type Stored } from './value.ts'

/** What a manifest list knows of one partition field over all files of a manifest. */
export interface FieldSummary {
  readonly containsNull: boolean
  readonly containsNan: boolean | null
  readonly lower: Uint8Array | null
  readonly upper: Uint8Array | null
}

export function summarize(
  rows: readonly (readonly (Stored | null)[])[],
  partition: readonly TypedPartitionField[],
): readonly FieldSummary[] {
  return partition.map((field, at) =>
    summaryOfField(
      field,
      rows.map((row) => row[at] ?? null),
    ),
  )
}

function summaryOfField(field: TypedPartitionField, values: readonly (Stored | null)[]): FieldSummary {
  const present = values.filter((value) => value !== null)
  const numbers = present.filter((value) => !Number.isNaN(value)).toSorted(compareStored)
  const [lower, upper] = [numbers[0], numbers.at(-1)]
  return {
    containsNull: present.length < values.length,
    containsNan: numbers.length < present.length,
    lower: lower === undefined ? null : encode(field.type, lower),
    upper: upper === undefined ? null : encode(field.type, upper),
  }
}

/** The lowest and highest value of a partition field in a manifest; null: not known. */
export function summaryRange(
  field: TypedPartitionField,
  summary: FieldSummary,
): { low: Stored | null; high: Stored | null } {
  return {
    low: summary.lower === null ? null : decode(field.type, summary.lower),
    high: summary.upper === null ? null : decode(field.type, summary.upper),
  }
}
