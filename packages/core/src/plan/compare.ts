import type { Fingerprint } from '../fingerprint.ts'

/** How a definition differs from the one that made a table. */
export type Change =
  | { readonly change: 'new' }
  | { readonly change: 'foreign' }
  | { readonly change: 'rows' }
  | { readonly change: 'values'; readonly columns: readonly string[] }
  | { readonly change: 'added'; readonly columns: readonly string[] }
  | { readonly change: 'removed'; readonly columns: readonly string[] }
  /** Only in case: a name is the same column however it is written, but programs that tell case apart see another name. */
  | { readonly change: 'renamed'; readonly columns: readonly string[] }
  | { readonly change: 'layout' }
  | { readonly change: 'promise' }
  | { readonly change: 'reader' }

/** What changed in meaning. When only the SQL reader's version moved and the text did not, nothing did. */
export function compare(made: Fingerprint | null, wanted: Fingerprint): readonly Change[] {
  if (made === null) return [{ change: 'new' }]
  const layout: Change[] = made.layout === wanted.layout ? [] : [{ change: 'layout' }]
  const promise: Change[] = made.promise === wanted.promise ? [] : [{ change: 'promise' }]
  if (made.reader !== wanted.reader && made.text === wanted.text) return [{ change: 'reader' }, ...layout, ...promise]
  return [
    ...(made.rows === wanted.rows ? [] : [{ change: 'rows' } as const]),
    ...columnChanges(made, wanted),
    ...layout,
    ...promise,
  ]
}

function columnChanges(made: Fingerprint, wanted: Fingerprint): readonly Change[] {
  const before = new Map(Object.keys(made.columns).map((name) => [name.toLowerCase(), name]))
  const after = Object.keys(wanted.columns)
  const kept = new Set(after.map((name) => name.toLowerCase()))
  const was = (name: string): string | undefined => before.get(name.toLowerCase())
  const changes: readonly (Change & { readonly columns: readonly string[] })[] = [
    { change: 'values', columns: after.filter((name) => isOther(made.columns[was(name) ?? ''], wanted.columns[name])) },
    { change: 'added', columns: after.filter((name) => was(name) === undefined) },
    { change: 'removed', columns: [...before.values()].filter((name) => !kept.has(name.toLowerCase())) },
    { change: 'renamed', columns: after.filter((name) => was(name) !== undefined && was(name) !== name) },
  ]
  return changes.filter(({ columns }) => columns.length > 0)
}

const isOther = (before: string | undefined, after: string | undefined): boolean =>
  before !== undefined && before !== after
