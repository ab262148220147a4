/**
 * Tells, by the bytes alone, the JSON records that DuckDB's own reader surely takes as they are meant. Invariants:
 * - a record that passes has the declared columns in their usual looks: DuckDB rounds 1.5 to 2 in a whole number, makes 1 of
 *   true and a date of "2026-01-31x", and loses digits of numbers longer than a double holds, without a word;
 * - what does not pass is not bad, only doubtful: it goes the exact way, which judges each of its values;
 * - a value of a column of JSON is as DuckDB writes it: it makes 1.1 of 1.10 and a character of its escape;
 * - it need not find broken JSON: where DuckDB's reader fails after all, everything goes the exact way.
 * It looks at each byte once and makes no strings but of keys of maps: DuckDB reads the same bytes beside it.
 */
import type { Columns, DataType } from '@millrace/core'
import { decimalOf } from '../arrow/column.ts'
import type { NewFields } from '../scan/new-fields.ts'
import { staysAsWritten } from './as-written.ts'
import { type Folded, foldedNames, meantColumn } from './declared-keys.ts'
import { doubleDigits } from './exact-json.ts'
import {
  backslash,
  close,
  colon,
  comma,
  dot,
  endList,
  isDigit,
  isSpace,
  letterE,
  letterT,
  list,
  minus,
  open,
  plus,
  quote,
  zero,
} from './json-bytes.ts'

const letterZ = 90

const longestReal = 30

type Shape =
  | { readonly is: 'any' }
  | { readonly is: 'boolean' }
  | { readonly is: 'real' }
  | { readonly is: 'text' | 'date' | 'time' | 'uuid' | 'never' }
  | { readonly is: 'number'; readonly whole: number; readonly scale: number; readonly signed: boolean }
  | { readonly is: 'moment'; readonly digits: number }
  | { readonly is: 'list'; readonly item: Shape }
  | { readonly is: 'map'; readonly item: Shape }
  | Struct

interface Part {
  readonly key: Buffer
  readonly shape: Shape
  readonly required: boolean
}

interface Struct {
  readonly is: 'struct'
  readonly parts: readonly Part[]
  readonly places: ReadonlyMap<string, number>
  /** What its fields are called, by their names without case. */
  readonly names: Folded
  /** The number of the record in which each part was seen last: a key that stands twice is doubtful. */
  readonly seen: Float64Array
}

const whole = (digits: number, signed = true): Shape => ({ is: 'number', whole: digits, scale: 0, signed })
const plainShapes: Readonly<Record<string, Shape>> = {
  boolean: { is: 'boolean' },
  int8: whole(2),
  int16: whole(4),
  int32: whole(9),
  int64: whole(18),
  uint64: whole(19, false),
  float32: { is: 'real' },
  float64: { is: 'real' },
  string: { is: 'text' },
  uuid: { is: 'uuid' },
  json: { is: 'any' },
  variant: { is: 'any' },
  date: { is: 'date' },
  time: { is: 'time' },
  timestamp: { is: 'moment', digits: 6 },
  timestamptz: { is: 'moment', digits: 6 },
  timestamp_ns: { is: 'moment', digits: 9 },
  timestamptz_ns: { is: 'moment', digits: 9 },
}

function shapeOf(type: DataType): Shape {
  const decimal = decimalOf(type)
  if (decimal !== null)
    return { is: 'number', whole: decimal.precision - decimal.scale, scale: decimal.scale, signed: true }
  if (typeof type === 'string') return plainShapes[type] ?? { is: 'never' }
  if ('list' in type) return { is: 'list', item: shapeOf(type.list) }
  return 'map' in type ? { is: 'map', item: shapeOf(type.map[1]) } : structOf(type.struct)
}

function structOf(columns: Columns): Struct {
  const parts = Object.entries(columns).map(([name, spec]): Part => ({
    // As JSON writes the name; keys with other escapes are doubtful.
    key: Buffer.from(JSON.stringify(name).slice(1, -1)),
    shape: shapeOf(spec.type),
    required: spec.required === true,
  }))
  const places = new Map(parts.map((part, i) => [part.key.toString('latin1'), i]))
  const names = new Map(Object.keys(columns).map((name) => [name.toLowerCase(), name]))
  return { is: 'struct', parts, places, names, seen: new Float64Array(parts.length) }
}

/** Answers of the methods below that are no place in the bytes. */
const doubt = -1

export class JsonJudge {
  private readonly root: Struct
  private bytes: Buffer = Buffer.alloc(0)
  private end = 0
  private objects = 0
  private readonly newFields: NewFields
  private readonly names: Folded

  /** New columns are somebody else's matter: a file's are known before it is landed. */
  constructor(columns: Columns, newFields: NewFields) {
    this.root = structOf(columns)
    this.names = foldedNames(columns)
    this.newFields = newFields
  }

  /** Whether the record between two places, an object with nothing around it but spaces, passes. */
  passes(bytes: Buffer, start: number, end: number): boolean {
    this.bytes = bytes
    this.end = end
    const first = this.skip(start)
    if (bytes[first] !== open) return false
    const behind = this.struct(first, this.root)
    return behind !== doubt && this.skip(behind) === end
  }

  private skip(from: number): number {
    let at = from
    while (at < this.end && isSpace(this.bytes[at])) at++
    return at
  }

  private struct(from: number, shape: Struct): number {
    const { bytes } = this
    const { parts, seen } = shape
    const serial = ++this.objects
    let expected = 0
    let at = this.skip(from + 1)
    while (bytes[at] === quote) {
      const behind = this.text(at)
      if (behind === doubt) return doubt
      const place = this.placeOf(shape, at + 1, behind - 1, expected)
      const value = this.afterColon(behind)
      if (value === doubt || (place >= 0 && seen[place] === serial)) return doubt
      const part = parts[place]
      if (part === undefined && !this.mayPass(shape, at + 1, behind - 1)) return doubt
      if (part !== undefined) {
        seen[place] = serial
        expected = place + 1
        if (part.required && bytes[value] === 110) return doubt
      }
      at = this.next(part === undefined ? this.any(value) : this.value(value, part.shape))
      if (at === doubt) return doubt
    }
    if (bytes[at] !== close || at >= this.end) return doubt
    for (let i = 0; i < parts.length; i++) if (parts[i]?.required === true && seen[i] !== serial) return doubt
    return at + 1
  }

  /** Which part a key names: mostly the one behind the last. A key with escapes is looked up as it is written. */
  private placeOf(shape: Struct, from: number, to: number, expected: number): number {
    const { bytes } = this
    const key = shape.parts[expected]?.key
    if (key?.length === to - from) {
      let at = from
      while (at < to && bytes[at] === key[at - from]) at++
      if (at === to) return expected
    }
    return shape.places.get(bytes.toString('latin1', from, to)) ?? -1
  }

  /** A key that names no part: that of a column or a field written otherwise is doubtful, and what a struct would lose. */
  private mayPass(shape: Struct, from: number, to: number): boolean {
    // An empty key names no column, so no table can be given one for it.
    if ((shape !== this.root || from === to) && this.newFields !== 'ignore') return false
    const names = shape === this.root ? this.names : shape.names
    return meantColumn(this.bytes.toString('utf8', from, to), names) === null
  }

  private afterColon(from: number): number {
    const at = this.skip(from)
    return this.bytes[at] === colon ? this.skip(at + 1) : doubt
  }

  /** Behind a value: on to the next one, or to what closes. */
  private next(from: number): number {
    if (from === doubt) return doubt
    const at = this.skip(from)
    return this.bytes[at] === comma ? this.skip(at + 1) : at
  }

  /** Behind the quote that closes. */
  private text(from: number): number {
    const { bytes, end } = this
    for (let at = from + 1; at < end; at++) {
      const byte = bytes[at]
      if (byte === quote) return at + 1
      if (byte === backslash) at++
    }
    return doubt
  }

  /** Behind any value. */
  private any(from: number): number {
    const { bytes, end } = this
    if (bytes[from] === quote) return this.text(from)
    let depth = 0
    for (let at = from; at < end; at++) {
      const byte = bytes[at]
      if (byte === quote) {
        at = this.text(at) - 1
        if (at < 0) return doubt
      } else if (byte === open || byte === list) depth++
      else if (byte === close || byte === endList) {
        if (depth === 0) return at
        if (--depth === 0) return at + 1
      } else if (byte === comma && depth === 0) return at
    }
    return doubt
  }

  /** Behind a value that DuckDB writes as it stands, but for spaces. */
  private written(from: number): number {
    const behind = this.any(from)
    return behind !== doubt && staysAsWritten(this.bytes, from, behind) ? behind : doubt
  }

  private value(from: number, shape: Shape): number {
    const { bytes } = this
    if (bytes[from] === 110) return this.word(from, 4)
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all others are texts
    switch (shape.is) {
      case 'any':
        return this.written(from)
      case 'struct':
        return bytes[from] === open ? this.struct(from, shape) : doubt
      case 'list':
        return this.items(from, shape.item)
      case 'map':
        return this.entries(from, shape.item)
      case 'boolean':
        return bytes[from] === letterT ? this.word(from, 4) : this.word(from, 5)
      case 'number':
        return this.number(from, shape)
      case 'real':
        return this.real(from)
      default:
        return this.textual(from, shape)
    }
  }

  /** `null`, `true`, `false`: by their first letter and their length; DuckDB refuses what only looks so. */
  private word(from: number, length: number): number {
    const first = this.bytes[from]
    const last = this.bytes[from + length - 1]
    const known =
      length === 4
        ? (first === 110 && last === 108) || (first === letterT && last === letterE)
        : first === 102 && last === letterE
    return known ? from + length : doubt
  }

  private items(from: number, shape: Shape): number {
    if (this.bytes[from] !== list) return doubt
    let at = this.skip(from + 1)
    while (at !== doubt && at < this.end && this.bytes[at] !== endList) at = this.next(this.value(at, shape))
    return at === doubt || at >= this.end ? doubt : at + 1
  }

  private entries(from: number, shape: Shape): number {
    if (this.bytes[from] !== open) return doubt
    const keys = new Set<string>()
    let at = this.skip(from + 1)
    while (this.bytes[at] === quote) {
      const behind = this.text(at)
      const value = behind === doubt ? doubt : this.afterColon(behind)
      const key = this.bytes.toString('latin1', at, behind)
      // Of two ways to write one key the bytes say nothing.
      if (value === doubt || keys.has(key) || key.includes('\\')) return doubt
      keys.add(key)
      at = this.next(this.value(value, shape))
      if (at === doubt) return doubt
    }
    return this.bytes[at] === close && at < this.end ? at + 1 : doubt
  }

  /** Digits, at most so many of them before and behind the point. */
  private number(from: number, shape: Extract<Shape, { readonly is: 'number' }>): number {
    const { bytes } = this
    const start = bytes[from] === minus && shape.signed ? from + 1 : from
    let at = start
    while (isDigit(bytes[at])) at++
    const before = at - start
    if (before === 0 || before > Math.max(shape.whole, 1) || (shape.whole === 0 && bytes[start] !== zero)) return doubt
    if (bytes[at] === letterE || bytes[at] === letterE - 32) return doubt
    if (bytes[at] !== dot) return at
    const point = at++
    while (isDigit(bytes[at])) at++
    const behind = at - point - 1
    const exponent = bytes[at] === letterE || bytes[at] === letterE - 32
    return exponent || behind > shape.scale || before + behind > doubleDigits ? doubt : at
  }

  /** Floats round anyway; only what might be beyond their range has an exponent or is very long. */
  private real(from: number): number {
    const { bytes } = this
    let at = from
    while (isDigit(bytes[at]) || bytes[at] === dot || bytes[at] === minus || bytes[at] === plus) at++
    const exponent = bytes[at] === letterE || bytes[at] === letterE - 32
    return exponent || at === from || at - from > longestReal ? doubt : at
  }

  private textual(from: number, shape: Shape): number {
    if (this.bytes[from] !== quote) return doubt
    const behind = this.text(from)
    if (behind === doubt || shape.is === 'text') return behind
    return this.looks(from + 1, behind - 1, shape) ? behind : doubt
  }

  private looks(from: number, to: number, shape: Shape): boolean {
    const size = to - from
    if (shape.is === 'date') return size === 10 && this.isDate(from)
    if (shape.is === 'uuid') return size === 36
    if (shape.is === 'time')
      return size === 8 && this.isClock(from) && !(this.bytes[from] === 50 && this.bytes[from + 1] === 52)
    return shape.is === 'moment' && this.isMoment(from, to, shape.digits)
  }

  private isDate(from: number): boolean {
    return this.bytes[from + 4] === minus && this.bytes[from + 7] === minus && isDigit(this.bytes[from + 9])
  }

  private isClock(from: number): boolean {
    return this.bytes[from + 2] === colon && this.bytes[from + 5] === colon && isDigit(this.bytes[from + 7])
  }

  private isMoment(from: number, to: number, digits: number): boolean {
    const { bytes } = this
    if (!this.isDate(from)) return false
    if (to - from === 10) return true
    const end = bytes[to - 1] === letterZ ? to - 1 : to
    if (end - from < 19 || !this.isClock(from + 11)) return false
    if (end - from === 19) return true
    if (bytes[from + 19] !== dot || end - from > 20 + digits) return false
    let at = from + 20
    while (at < end && isDigit(bytes[at])) at++
    return at === end
  }
}
