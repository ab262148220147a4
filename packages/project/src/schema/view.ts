import type { Scalar } from '@millrace/core'

/** From and to, in UTF-16 units of the text it was read from. */
export type Span = readonly [start: number, end: number]

/** A value as it was written, whatever it was written in. `span` is null for values that came out of code. */
export type View =
  | { readonly kind: 'map'; readonly span: Span | null; readonly entries: readonly ViewEntry[] }
  | { readonly kind: 'list'; readonly span: Span | null; readonly items: readonly View[] }
  | {
      readonly kind: 'scalar'
      readonly span: Span | null
      readonly value: Scalar
      /** The digits of a number, where its value has not all of them. */
      readonly digits?: string
    }

export interface ViewEntry {
  readonly key: string
  readonly keySpan: Span | null
  readonly value: View
}

function scalarOf(value: unknown): Scalar {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return value
  return null
}

/** Plain data out of code. */
export function viewOfData(data: unknown): View {
  if (Array.isArray(data)) return { kind: 'list', span: null, items: data.map(viewOfData) }
  if (typeof data === 'object' && data !== null) {
    const entries = Object.entries(data).filter(([, value]) => value !== undefined)
    return {
      kind: 'map',
      span: null,
      entries: entries.map(([key, value]) => ({ key, keySpan: null, value: viewOfData(value) })),
    }
  }
  return { kind: 'scalar', span: null, value: scalarOf(data) }
}

/** Back to plain data. A number of more digits than a double holds is its text. */
export function dataOf(view: View): unknown {
  if (view.kind === 'scalar') return view.digits ?? view.value
  if (view.kind === 'list') return view.items.map(dataOf)
  return Object.fromEntries(view.entries.map((entry) => [entry.key, dataOf(entry.value)]))
}

/** How a message names what was received. */
export function describeView(view: View): string {
  if (view.kind === 'map') return 'a map'
  if (view.kind === 'list') return 'a list'
  return view.value === null ? 'nothing' : typeof view.value === 'string' ? `\`${view.value}\`` : String(view.value)
}
