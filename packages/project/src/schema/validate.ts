import { type Code, nearest, parseType, plainTypes } from '@millrace/core'
import { functionMark } from '../code/protocol.ts'
import { nestedType } from './nested-type.ts'
import type { Schema } from './schema.ts'
import { dataOf, describeView, type Span, type View, type ViewEntry } from './view.ts'

/** A mistake in a value, by the path of its key. */
export interface Mistake {
  readonly code: Code
  readonly params: Readonly<Record<string, unknown>>
  /** Keys from the outside in. */
  readonly path: readonly string[]
  readonly span: Span | null
  readonly candidates?: readonly string[]
}

export interface Validated {
  readonly value: unknown
  readonly mistakes: readonly Mistake[]
}

/** Holds a value against a schema: every mistake at once, and the value with defaults and types filled in. */
export function validate(schema: Schema, view: View, where: string): Validated {
  const mistakes: Mistake[] = []
  const value = read(schema, view, { where, path: [], mistakes })
  return { value, mistakes }
}

interface Context {
  /** How messages name the whole. */
  readonly where: string
  readonly path: readonly string[]
  readonly mistakes: Mistake[]
}

const inside = (context: Context, key: string): Context => ({ ...context, path: [...context.path, key] })

const keyOf = (context: Context): string => (context.path.length === 0 ? context.where : context.path.join('.'))

function read(schema: Schema, view: View, context: Context): unknown {
  const value = readBare(schema, view, context)
  return schema.store === undefined || value === undefined ? value : schema.store(value as never)
}

function readBare(schema: Schema, view: View, context: Context): unknown {
  switch (schema.kind) {
    case 'object':
      return view.kind === 'map' ? readObject(schema, view, context) : wrong(schema, view, context)
    case 'map':
      return view.kind === 'map' ? readMap(schema.of, view.entries, context) : wrong(schema, view, context)
    case 'list':
      return readList(schema, view, context)
    case 'either':
      return readEither(schema, view, context)
    case 'type':
      return readType(schema, view, context)
    case 'any':
      return dataOf(view)
    case 'function':
      return isFunction(view) ? dataOf(view) : wrong(schema, view, context)
    case 'text':
    case 'number':
    case 'boolean':
    case 'scalar':
    case 'choice':
      return readScalar(schema, view, context)
  }
}

const isFunction = (view: View): boolean => view.kind === 'map' && view.entries.some(({ key }) => key === functionMark)

type ScalarSchema = Extract<Schema, { readonly kind: 'text' | 'number' | 'boolean' | 'scalar' | 'choice' }>

function readScalar(schema: ScalarSchema, view: View, context: Context): unknown {
  if (view.kind !== 'scalar' || !fitsScalar(schema, view.value)) return wrong(schema, view, context)
  return schema.kind === 'scalar' ? dataOf(view) : view.value
}

function fitsScalar(schema: ScalarSchema, value: unknown): boolean {
  if (schema.kind === 'scalar') return value !== null
  if (schema.kind === 'choice') return schema.of.some((one) => one === value)
  if (schema.kind === 'boolean') return typeof value === 'boolean'
  if (schema.kind === 'text') return typeof value === 'string' && (schema.pattern?.test(value) ?? true)
  if (typeof value !== 'number') return false
  return value >= (schema.least ?? -Infinity) && (schema.whole !== true || Number.isInteger(value))
}

function wrong(schema: Schema, view: View, context: Context): undefined {
  const candidates = nearestIn(schema, view)
  const mistake = wrongValue(schema.expected, view, context)
  context.mistakes.push(candidates.length === 0 ? mistake : { ...mistake, candidates })
  return undefined
}

const wrongValue = (expected: string, view: View, context: Context): Mistake => ({
  code: 'project/wrong-value',
  params: { key: keyOf(context), expected, received: describeView(view) },
  path: context.path,
  span: view.span,
})

/** What was probably meant: a word that could stand there, or the key that tells which alternative it is. */
function nearestIn(schema: Schema, view: View): readonly string[] {
  if (view.kind === 'scalar' && typeof view.value === 'string') return nearest(view.value, wordsOf(schema))
  if (view.kind !== 'map' || schema.kind !== 'either') return []
  return nearest(
    view.entries[0]?.key ?? '',
    schema.of.flatMap((one) => (one.kind === 'object' ? one.needs : [])),
  )
}

/** The words that could stand there. */
function wordsOf(schema: Schema): readonly string[] {
  if (schema.kind === 'choice') return schema.of.map(String)
  return schema.kind === 'either' ? schema.of.flatMap(wordsOf) : []
}

type ObjectSchema = Extract<Schema, { readonly kind: 'object' }>
type MapView = Extract<View, { readonly kind: 'map' }>

function readObject(schema: ObjectSchema, view: MapView, context: Context): unknown {
  const values: [string, unknown][] = []
  const meant: string[] = []
  for (const entry of once(view.entries, context)) {
    const known = Object.hasOwn(schema.keys, entry.key) ? schema.keys[entry.key] : undefined
    if (known === undefined) meant.push(...unknownKey(schema, entry, context))
    else values.push([entry.key, read(known, entry.value, inside(context, entry.key))])
  }
  for (const key of schema.needs) {
    // A misspelled key is one mistake, not two.
    if (view.entries.some((entry) => entry.key === key) || meant.includes(key)) continue
    const params = { key, where: keyOf(context), expected: schema.keys[key]?.expected ?? 'a value' }
    context.mistakes.push({ code: 'project/missing-key', params, path: context.path, span: view.span })
  }
  const there = Object.fromEntries(values.filter(([, value]) => value !== undefined))
  // Half a rule would be taken for a whole one further on; of a definition what is right is kept, for those who read it.
  return context.path.length === 0 || schema.needs.every((key) => Object.hasOwn(there, key)) ? there : undefined
}

/** Reports it; answers the keys that were probably meant. */
function unknownKey(schema: ObjectSchema, entry: ViewEntry, context: Context): readonly string[] {
  const allowed = Object.keys(schema.keys)
  const candidates = nearest(entry.key, allowed)
  context.mistakes.push({
    code: 'project/unknown-key',
    params: { key: entry.key, where: keyOf(context), allowed: allowed.join(', ') },
    path: [...context.path, entry.key],
    span: entry.keySpan,
    ...(candidates.length === 0 ? {} : { candidates }),
  })
  return candidates
}

function readMap(of: Schema, entries: readonly ViewEntry[], context: Context): unknown {
  const values = once(entries, context).map(
    (entry) => [entry.key, read(of, entry.value, inside(context, entry.key))] as const,
  )
  return Object.fromEntries(values.filter(([, value]) => value !== undefined))
}

function once(entries: readonly ViewEntry[], context: Context): readonly ViewEntry[] {
  const seen = new Set<string>()
  return entries.filter((entry) => {
    if (!seen.has(entry.key)) return seen.add(entry.key)
    context.mistakes.push({
      code: 'project/twice',
      params: { key: entry.key },
      path: [...context.path, entry.key],
      span: entry.keySpan,
    })
    return false
  })
}

function readList(schema: Extract<Schema, { readonly kind: 'list' }>, view: View, context: Context): unknown {
  if (view.kind === 'list')
    return view.items.map((item, i) => read(schema.of, item, inside(context, String(i + 1)))).filter(isThere)
  if (!schema.orOne || (view.kind === 'scalar' && view.value === null)) return wrong(schema, view, context)
  const one = read(schema.of, view, context)
  return one === undefined ? undefined : [one]
}

const isThere = (value: unknown): boolean => value !== undefined

/** The alternative that the value most looks like is the one whose mistakes are told. */
function readEither(schema: Extract<Schema, { readonly kind: 'either' }>, view: View, context: Context): unknown {
  const ranked = schema.of.map((one) => ({ one, fit: likeness(one, view) })).toSorted((a, b) => b.fit - a.fit)
  const best = ranked[0]
  if (best === undefined || best.fit === 0) return wrong(schema, view, context)
  // Among plain values of one form the choice is not by looks: any that takes it will do.
  const alike = ranked.filter(({ fit }) => fit === best.fit)
  for (const { one } of alike) {
    const mistakes: Mistake[] = []
    const value = read(one, view, { ...context, mistakes })
    if (mistakes.length === 0) return value
  }
  if (view.kind === 'scalar' && (alike.length > 1 || best.one.kind !== 'type')) return wrong(schema, view, context)
  // It looks like none of them: to name what one of them lacks would be a guess.
  if (view.kind === 'map' && alike.length > 1 && best.fit === unknownMap) return wrong(schema, view, context)
  return read(best.one, view, context)
}

/** How much a map looks like settings of which it has none. */
const unknownMap = 0.5

function likeness(schema: Schema, view: View): number {
  if (schema.kind === 'either') return Math.max(...schema.of.map((one) => likeness(one, view)))
  if (schema.kind === 'any') return 1
  if (schema.kind === 'list') return view.kind === 'list' || (schema.orOne && likeness(schema.of, view) > 0) ? 1 : 0
  if (view.kind === 'list') return 0
  if (view.kind === 'scalar') return schema.kind === 'object' || schema.kind === 'map' ? 0 : 1
  if (schema.kind === 'map' || schema.kind === 'type') return schema.kind === 'map' ? 1 : typeLikeness(view)
  if (schema.kind !== 'object') return 0
  return unknownMap + view.entries.filter((entry) => Object.hasOwn(schema.keys, entry.key)).length
}

const typeLikeness = (view: MapView): number =>
  view.entries.some((entry) => ['list', 'map', 'struct'].includes(entry.key)) ? 2 : 0

/** Types are text in headers; code may give them as values. */
function readType(schema: Schema, view: View, context: Context): unknown {
  if (view.kind === 'map' && typeLikeness(view) > 0) return readNestedType(view, context)
  if (view.kind !== 'scalar' || typeof view.value !== 'string') return wrong(schema, view, context)
  const type = parseType(view.value)
  if (type !== null) return type
  const candidates = nearest(view.value, typeNames)
  context.mistakes.push({
    code: 'project/unknown-type',
    params: { key: keyOf(context), text: view.value },
    path: context.path,
    span: view.span,
    ...(candidates.length === 0 ? {} : { candidates }),
  })
  return undefined
}

/** A type with types inside, as a whole or not at all: a struct without one of its fields would be another type. */
function readNestedType(view: MapView, context: Context): unknown {
  const mistakes: Mistake[] = []
  const type = read(nestedType, view, { ...context, mistakes })
  for (const { key, value } of view.entries) {
    const size = value.kind === 'list' ? value.items.length : value.kind === 'map' ? value.entries.length : 0
    if (mistakes.length > 0 || (key === 'map' ? size === 2 : key !== 'struct' || size > 0)) continue
    const expected = key === 'map' ? '[type of the keys, type of the values]' : 'at least one field'
    mistakes.push(wrongValue(expected, value, { ...inside(context, key), mistakes }))
  }
  context.mistakes.push(...mistakes)
  return mistakes.length === 0 ? type : undefined
}

const typeNames = [...plainTypes, 'decimal(12,2)']
