// What each kind of write must show, in plain TypeScript over the batches in the order in which they came.

export interface Happening {
  readonly id: number
  readonly part: string
  readonly val: number
  /** Days after the first of January. */
  readonly day: number
  readonly seen: number
}

export type Batch = readonly Happening[]

const atOf = ({ day, seen }: Happening): string =>
  new Date(Date.UTC(2026, 0, 1 + day, 0, 0, seen % 86_400)).toISOString().replace('.000Z', 'Z')

export const header = 'id,part,val,happened_at,seen'
export const lineOf = (one: Happening): string => [one.id, one.part, one.val, atOf(one), one.seen].join(',')

export const appended = (batches: readonly Batch[]): readonly object[] =>
  batches.flat().map(({ id, part, val, seen }) => ({ id, part, val, seen }))

export function daily(batches: readonly Batch[]): readonly object[] {
  const days = Map.groupBy(batches.flat(), (one) => one.day)
  return [...days].map(([day, rows]) => ({
    day: `2026-01-0${day + 1}`,
    total: rows.reduce((sum, one) => sum + one.val, 0),
    events: rows.length,
  }))
}

/** Batch by batch, row by row: a row takes its key's place unless the one there is newer. */
export function merged(batches: readonly Batch[], keyOf: (one: Happening) => string): readonly Happening[] {
  const rows = new Map<string, Happening>()
  for (const one of batches.flat()) {
    const there = rows.get(keyOf(one))
    if (there === undefined || there.seen <= one.seen) rows.set(keyOf(one), one)
  }
  return [...rows.values()]
}

/** Versions by key: each batch puts its members where they belong in time; then neighbours with equal values are one. */
export function versions(batches: readonly Batch[]): readonly object[] {
  const members = new Map<number, Happening[]>()
  for (const batch of batches) {
    for (const id of new Set(batch.map((one) => one.id))) {
      const known = (members.get(id) ?? []).filter(
        (old) => !batch.some((one) => one.id === id && one.seen === old.seen),
      )
      const inTime = [...known, ...batch.filter((one) => one.id === id)].toSorted((a, b) => a.seen - b.seen)
      members.set(
        id,
        inTime.filter((one, i) => i === 0 || tracked(one) !== tracked(inTime[i - 1] as Happening)),
      )
    }
  }
  return [...members.values()].flatMap((list) =>
    list.map((one, i) => ({
      id: one.id,
      part: one.part,
      val: one.val,
      valid_from: one.seen,
      valid_to: list[i + 1]?.seen ?? null,
      is_current: i === list.length - 1,
    })),
  )
}

/** `val` is not tracked: it alone makes no version. */
const tracked = (one: Happening): string => one.part
