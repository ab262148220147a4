import type { Scalar } from '@millrace/core'
import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair } from 'yaml'

/** From and to, in UTF-16 units of the text it was read from. */
export type Span = readonly [start: number, end: number]

/** A value as it was written, whatever it was written in. `span` is null for values that came out of code. */
export type View =
  | { readonly kind: 'map'; readonly span: Span | null; readonly entries: readonly ViewEntry[] }
  | { readonly kind: 'list'; readonly span: Span | null; readonly items: readonly View[] }
  | { readonly kind: 'scalar'; readonly span: Span | null; readonly value: Scalar }

export interface ViewEntry {
  readonly key: string
  readonly keySpan: Span | null
  readonly value: View
}

const emptyMap = (span: Span | null): View => ({ kind: 'map', span, entries: [] })

/** The contents of a YAML document; an empty one is an empty map. */
export function viewOfYaml(document: Document): View {
  return document.contents === null ? emptyMap([0, 0]) : viewOfNode(document.contents, document)
}

function viewOfNode(node: Node | null, document: Document): View {
  if (node === null) return { kind: 'scalar', span: null, value: null }
  const span: Span | null = node.range ? [node.range[0], node.range[1]] : null
  if (isAlias(node)) return viewOfNode(node.resolve(document) ?? null, document)
  if (isMap(node))
    return { kind: 'map', span, entries: node.items.map((pair) => viewOfPair(pair as Pair<Node, Node>, document)) }
  if (isSeq(node)) return { kind: 'list', span, items: node.items.map((item) => viewOfNode(item as Node, document)) }
  return { kind: 'scalar', span, value: isScalar(node) ? exact(node.value, node.source) : null }
}

function viewOfPair(pair: Pair<Node, Node | null>, document: Document): ViewEntry {
  const { key } = pair
  const text = isScalar(key) ? (key.source ?? String(key.value)) : String(key)
  const keySpan: Span | null = key.range ? [key.range[0], key.range[1]] : null
  return { key: text, keySpan, value: viewOfNode(pair.value, document) }
}

/** Integers past 2^53 keep their digits. */
function exact(value: unknown, source: string | undefined): Scalar {
  if (typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source))
    return BigInt(source)
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
  return { kind: 'scalar', span: null, value: exact(data, undefined) }
}

/** Back to plain data. */
export function dataOf(view: View): unknown {
  if (view.kind === 'scalar') return view.value
  if (view.kind === 'list') return view.items.map(dataOf)
  return Object.fromEntries(view.entries.map((entry) => [entry.key, dataOf(entry.value)]))
}

/** How a message names what was received. */
export function describeView(view: View): string {
  if (view.kind === 'map') return 'a map'
  if (view.kind === 'list') return 'a list'
  return view.value === null ? 'nothing' : typeof view.value === 'string' ? `\`${view.value}\`` : String(view.value)
}
