// What each kind of write must show, in plain TypeScript over the batches in the order in which they came.

export interface Happening {
  readonly id: number
  readonly part: string
  readonly tag: string | null
  readonly val: number | null
  /** Days after the first of January. */
  readonly day: number
  /** Seconds of that day; and what says which row is the newest. */
  readonly at: number
  readonly seen: number | null
}

export type Batch = readonly Happening[]

const atOf = ({ day, at }: Happening): string =>
  new Date(Date.UTC(2026, 0, 1 + day, 0, 0, at)).toISOString().replace('.000Z', 'Z')

export const header = 'id,part,tag,val,happened_at,seen'
export const lineOf = (one: Happening): string => [one.id, one.part, one.tag, one.val, atOf(one), one.seen].join(',')

export const appended = (batches: readonly Batch[]): readonly object[] =>
  batches.flat().map(({ id, part, tag, val, seen }) => ({ id, part, tag, val, seen }))

/** A sum as SQL has it: what is missing counts nothing, and nothing at all is missing too. */
export function sumOf(rows: Batch): number | null {
  const known = rows.flatMap(({ val }) => val ?? [])
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0)
}

export function daily(batches: readonly Batch[]): readonly object[] {
  const days = Map.groupBy(batches.flat(), (one) => one.day)
  return [...days].map(([day, rows]) => ({
    day: `2026-01-0${day + 1}`,
    total: sumOf(rows),
    events: rows.length,
  }))
}

/** Batch by batch, row by row: a row takes its key's place unless the one there is newer. One without a moment is older than
 * any that has one. */
export function merged(batches: readonly Batch[], keyOf: (one: Happening) => string): readonly Happening[] {
  const rows = new Map<string, Happening>()
  for (const one of batches.flat()) {
    const there = rows.get(keyOf(one))
    if (there === undefined || momentOf(there) <= momentOf(one)) rows.set(keyOf(one), one)
  }
  return [...rows.values()]
}

const momentOf = ({ seen }: Happening): number => seen ?? -1

type Moment = Happening & { readonly seen: number }

/** Versions by key: all members in time, of two at one moment the one that came last; neighbours with equal values are one. */
export function versions(batches: readonly Batch[]): readonly object[] {
  const moments = batches.flat().flatMap((one): Moment[] => (one.seen === null ? [] : [{ ...one, seen: one.seen }]))
  const last = new Map(moments.map((one) => [`${one.id}/${one.seen}`, one]))
  const members = Map.groupBy(last.values(), (one) => one.id)
  return [...members.values()].flatMap((list) => {
    const held = heldBy(list.toSorted((a, b) => a.seen - b.seen))
    return held.map(({ first, seen }, i) => ({
      id: first.id,
      part: first.part,
      tag: first.tag,
      valid_from: first.seen,
      valid_to: held[i + 1]?.first.seen ?? null,
      is_current: i === held.length - 1,
      valid_seen: seen,
    }))
  })
}

/** A version: its first member, and when a member last said the same. */
interface Held {
  readonly first: Moment
  readonly seen: number
}

function heldBy(inTime: readonly Moment[]): readonly Held[] {
  const out: Held[] = []
  for (const one of inTime) {
    const last = out.at(-1)
    if (last !== undefined && tracked(last.first) === tracked(one)) out[out.length - 1] = { ...last, seen: one.seen }
    else out.push({ first: one, seen: one.seen })
  }
  return out
}

/** `val` is not tracked: it alone makes no version. */
const tracked = ({ part, tag }: Happening): string => JSON.stringify([part, tag])
