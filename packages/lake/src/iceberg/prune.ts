import {
  type DataFile,
  type Field,
  fieldNamed,
  findField,
  type PrimitiveType,
  type Ranges,
  type Scalar,
} from '@millrace/core'
import { type FieldSummary, summaryRange } from './field-summary.ts'
import type { TypedPartitionField } from './manifest-schema.ts'
import { applyTransform, keepsOrder } from './transform-value.ts'
import { compareStored, type Stored, toStored } from './value.ts'

/*
 * Which files a query need not read. A file is left out only when it can hold no row that the ranges ask for; whatever is
 * not known for certain keeps it in. A range never asks for NULL.
 */

/** A range on one column, in the values that tables compare. Absent sides are open. */
export interface ColumnRange {
  readonly field: Field
  readonly type: PrimitiveType
  readonly min: Stored | null
  readonly max: Stored | null
  /** null: any value between the bounds. */
  readonly values: readonly Stored[] | null
}

export function columnRanges(ranges: Ranges | undefined, fields: readonly Field[]): readonly ColumnRange[] {
  return Object.entries(ranges ?? {}).flatMap(([name, range]) => {
    const field = fieldNamed(fields, name)
    if (field === undefined || typeof field.type !== 'string') return []
    const { type } = field
    const values = range.in === undefined ? null : storedAll(type, range.in)
    return [{ field, type, min: toStored(type, range.min), max: toStored(type, range.max), values }]
  })
}

/** A list with a value that cannot be compared (NULL too) excludes nothing. */
function storedAll(type: PrimitiveType, values: readonly Scalar[]): readonly Stored[] | null {
  const stored = values.map((value) => toStored(type, value)).filter((value) => value !== null)
  return stored.length === values.length ? stored : null
}

/** Values between these two, nulls on the open sides. */
interface Span {
  readonly low: Stored | null
  readonly high: Stored | null
}

function overlaps(span: Span, range: Pick<ColumnRange, 'min' | 'max' | 'values'>): boolean {
  if (below(span.high, range.min) || below(range.max, span.low)) return false
  return range.values === null || range.values.some((value) => !below(span.high, value) && !below(value, span.low))
}

const below = (one: Stored | null, other: Stored | null): boolean =>
  one !== null && other !== null && compareStored(one, other) < 0

/** The same range on a partition field's values; null where it says nothing about them. */
function onPartition(
  range: ColumnRange,
  field: TypedPartitionField,
): Pick<ColumnRange, 'min' | 'max' | 'values'> | null {
  if (field.source !== range.field.id) return null
  const { transform } = field
  const apply = (value: Stored | null): Stored | null =>
    value === null ? null : applyTransform(transform, range.type, value)
  const values = range.values?.map((value) => applyTransform(transform, range.type, value)) ?? null
  if (keepsOrder(transform)) return { min: apply(range.min), max: apply(range.max), values }
  const only =
    range.min !== null && range.max !== null && compareStored(range.min, range.max) === 0 ? [range.min] : null
  const hashed = values ?? only?.map((value) => applyTransform(transform, range.type, value)) ?? null
  return { min: null, max: null, values: hashed }
}

/** Whether a manifest may hold rows of the ranges, by its line in the manifest list. */
export function manifestMatches(
  summaries: readonly FieldSummary[] | null,
  partition: readonly TypedPartitionField[],
  ranges: readonly ColumnRange[],
): boolean {
  // A spec with a transform that is not known here has more fields than these: then places do not tell which is which.
  if (summaries === null || summaries.length !== partition.length) return true
  return partition.every((field, at) => {
    const summary = summaries[at]
    if (summary === undefined) return true
    const known = summaryRange(field, summary)
    // Nothing but nulls: no row of any range on the source.
    const onlyNulls = summary.containsNull && summary.lower === null && summary.containsNan === false
    return ranges.every((range) => {
      const wanted = onPartition(range, field)
      return wanted === null || (!onlyNulls && overlaps(known, wanted))
    })
  })
}

/** Whether a file may hold rows of the ranges, by its partition. */
export function partitionMatches(
  values: readonly (Stored | null)[],
  partition: readonly TypedPartitionField[],
  ranges: readonly ColumnRange[],
): boolean {
  return partition.every((field, at) =>
    ranges.every((range) => {
      const wanted = onPartition(range, field)
      const value = values[at] ?? null
      return wanted === null || (value !== null && overlaps({ low: value, high: value }, wanted))
    }),
  )
}

/** Whether a file may hold rows of the ranges, by its statistics. `fields` are those it was written with. */
export function statsMatch(
  file: Pick<DataFile, 'rows' | 'stats'>,
  fields: readonly Field[],
  ranges: readonly ColumnRange[],
): boolean {
  return ranges.every((range) => {
    const stats = file.stats[range.field.id]
    const written = findField(fields, range.field.id)?.type
    if (stats === undefined || typeof written !== 'string') return true
    if (stats.values !== undefined && stats.values > 0 && stats.nulls === stats.values) return false
    return overlaps(spanOf(range.type, stats, file.rows), range)
  })
}

/** NaN is above all numbers to DuckDB but lies in no bounds: a file that may hold one has no upper end. */
function spanOf(type: PrimitiveType, stats: DataFile['stats'][number], rows: number): Span {
  const mayHoldNaN = type.startsWith('float') && stats.nans !== 0 && rows > 0
  return { low: toStored(type, stats.min), high: mayHoldNaN ? null : toStored(type, stats.max) }
}
