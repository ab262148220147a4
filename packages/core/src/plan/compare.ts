import type { Fingerprint } from '../fingerprint.ts'

/** How a definition differs from the one that made a table. */
export type Change =
  | { readonly change: 'new' }
  | { readonly change: 'rows' }
  | { readonly change: 'values'; readonly columns: readonly string[] }
  | { readonly change: 'added'; readonly columns: readonly string[] }
  | { readonly change: 'removed'; readonly columns: readonly string[] }
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
  const before = Object.keys(made.columns)
  const after = Object.keys(wanted.columns)
  const added = after.filter((name) => made.columns[name] === undefined)
  const removed = before.filter((name) => wanted.columns[name] === undefined)
  const values = after.filter((name) => made.columns[name] !== undefined && made.columns[name] !== wanted.columns[name])
  return [
    ...(values.length > 0 ? [{ change: 'values', columns: values } as const] : []),
    ...(added.length > 0 ? [{ change: 'added', columns: added } as const] : []),
    ...(removed.length > 0 ? [{ change: 'removed', columns: removed } as const] : []),
  ]
}
