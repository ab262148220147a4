import type { ColumnStats, DataFile, Field, FilesScan, Instant, Interval, TableState } from '@millrace/core'
import { coalesce, fail, fieldNamed, parseInstant, type StoredColumn } from '@millrace/core'
import { showing } from '../read/showing.ts'
import type { Lakehouse } from '../workspace/lakehouse.ts'

/** From the first to the last moment in a time column, from the files' statistics; null: no rows. */
export async function extentOf(lakehouse: Lakehouse, state: TableState, of: StoredColumn): Promise<Interval | null> {
  const scan = await lakehouse.format.offer(state.ref)
  refuseUnknown(scan, of)
  return hull(spansOf(scan, filesOf(scan), of.column))
}

/** Rows of which nobody knows where they lie in time would be left out for ever, and nothing would say so. */
function refuseUnknown(scan: FilesScan, { table, column }: StoredColumn): void {
  const field = fieldNamed(scan.fields, column)
  if (field === undefined) return
  for (const { fields, files } of scan.groups) {
    // Files from before the column have no moment in it.
    if (!fields.some((one) => one.id === field.id)) continue
    const found: DataFile | undefined = files.find((file) => hasMoments(file, field) && spanOf(file, field) === null)
    if (found === undefined) continue
    const { min, max }: ColumnStats = found.stats[field.id] ?? {}
    fail('plan/time-unknown', { table, column: field.name, file: found.path, from: shown(min), to: shown(max) })
  }
}

function hasMoments(file: DataFile, { id }: Field): boolean {
  const { nulls = 0 } = file.stats[id] ?? {}
  return file.rows > nulls
}

const shown = (bound: unknown): string => (typeof bound === 'string' ? bound : 'not known')

/** From the first moment of some intervals to the last; null where there are none. */
export function hull(all: readonly Interval[]): Interval | null {
  const joined = coalesce(all)
  const first = joined.at(0)
  const last = joined.at(-1)
  return first === undefined || last === undefined ? null : { from: first.from, to: last.to }
}

/** Where rows came or went after a version: the spans of the files that only one of the two has. null: not known. */
export async function changedSince(
  lakehouse: Lakehouse,
  state: TableState,
  version: string,
  column: string,
): Promise<readonly Interval[] | null> {
  const now = await lakehouse.format.offer(state.ref).catch(() => null)
  const then = await showing(lakehouse, state.ref, version)
    .then((ref) => lakehouse.format.offer(ref))
    .catch(() => null)
  if (now === null || then === null) return null
  const before = new Map(filesOf(then).map((file) => [file.path, file]))
  const after = new Map(filesOf(now).map((file) => [file.path, file]))
  const added = [...after.values()].filter((file) => !before.has(file.path))
  const gone = [...before.values()].filter((file) => !after.has(file.path))
  const differing = [...added, ...gone]
  const spans = spansOf(now, differing, column)
  return spans.length < differing.filter((file) => file.rows > 0).length ? null : coalesce(spans)
}

const filesOf = (scan: FilesScan): readonly DataFile[] => scan.groups.flatMap((group) => group.files)

/** Where the rows of files lie in time, as far as their statistics say. */
export function spansOf(scan: FilesScan, files: readonly DataFile[], column: string): readonly Interval[] {
  const field = fieldNamed(scan.fields, column)
  return field === undefined ? [] : files.flatMap((file) => spanOf(file, field) ?? [])
}

function spanOf(file: DataFile, { id }: Field): Interval | null {
  const stats = file.stats[id]
  const from = toInstant(stats?.min)
  const to = toInstant(stats?.max)
  // The last row belongs to the span, and spans are half open.
  return from === null || to === null ? null : { from, to: (to + 1) as Instant }
}

/** Statistics give times as text, down to the nanosecond; dates as days. */
export function toInstant(value: unknown): Instant | null {
  if (typeof value !== 'string') return null
  const at = parseInstant(value.replace(/(\.\d{3})\d+/, '$1'))
  return at === null || Math.abs(at) > lastMs ? null : at
}

/** Beyond these moments a program cannot count on by a year, as widening to whole grains does. */
const lastMs = 8.64e15 - 366 * 86_400_000
