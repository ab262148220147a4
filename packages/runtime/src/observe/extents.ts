import type { DataFile, FilesScan, Instant, Interval, TableState } from '@millrace/core'
import { coalesce, parseInstant } from '@millrace/core'
import { showing } from '../read/showing.ts'
import type { Lakehouse } from '../workspace/lakehouse.ts'

/** From the first to the last moment in a time column, from the files' statistics; null: no rows, or nothing known. */
export async function extentOf(lakehouse: Lakehouse, state: TableState, column: string): Promise<Interval | null> {
  const scan = await lakehouse.format.offer(state.ref)
  return hull(spansOf(scan, filesOf(scan), column))
}

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
  const now = await lakehouse.format.offer(state.ref)
  const then = await showing(lakehouse, state.ref, version)
    .then((ref) => lakehouse.format.offer(ref))
    .catch(() => null)
  if (then === null) return null
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
  const field = scan.fields.find((one) => one.name.toLowerCase() === column.toLowerCase())
  return files.flatMap((file) => {
    const stats = file.stats[field?.id ?? -1]
    const from = toInstant(stats?.min)
    const to = toInstant(stats?.max)
    // The last row belongs to the span, and spans are half open.
    return from === null || to === null ? [] : [{ from, to: (to + 1) as Instant }]
  })
}

/** Statistics give times as text, down to the microsecond; dates as days. */
export function toInstant(value: unknown): Instant | null {
  return typeof value === 'string' ? parseInstant(value.replace(/(\.\d{3})\d+/, '$1')) : null
}
