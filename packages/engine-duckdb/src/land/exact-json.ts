/**
 * Rewrites a JSON record so that DuckDB, which reads numbers as doubles and writes nested values anew, keeps them as written:
 * - a long number of an exact type is a text, at any depth, which DuckDB casts digit by digit;
 * - what stands in a column of texts without being one is its own text;
 * - a column of JSON is the text of its value without the spaces between its parts;
 * - a field of a struct has the name that its type gives it, whatever the case that it is written in.
 * It never makes a broken record whole: only what is JSON by itself is put in quotes.
 */
import type { Columns, DataType } from '@millrace/core'

/** Digits of a number that survive being read as a double, as DuckDB reads those with a point or an exponent. */
export const doubleDigits = 15
/** The pieces of a JSON text. */
export const token: RegExp = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\],:]|[^"\d{}[\],:-]+|-/g

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/

const isLong = (text: string): boolean => /[.eE]/.test(text) && text.replaceAll(/[eE].*|\D/g, '').length > doubleDigits

const isExact = (type: string): boolean => /^(?:u?int|decimal)/.test(type)

/** The text of a record that keeps its values as they are written; null where it does so already. */
export function withExactValues(json: string, columns: Columns): string | null {
  const rewriting = new Rewriting(json)
  return rewriting.record(columns) ? rewriting.out.join('') : null
}

/** The same for a value of a type that stands by itself. */
export function exactValue(json: string, type: DataType): string | null {
  const rewriting = new Rewriting(json)
  return rewriting.alone(type) ? rewriting.out.join('') : null
}

class Rewriting {
  readonly out: string[] = []
  readonly #tokens: readonly string[]
  #at = 0
  #changed = false

  constructor(json: string) {
    const tokens = json.match(token) ?? []
    // Without a quote that does not close, what is broken might look whole.
    this.#tokens = tokens.reduce((sum, one) => sum + one.length, 0) === json.length ? tokens : []
  }

  record(columns: Columns): boolean {
    this.#blank()
    if (this.#tokens[this.#at] !== '{') return false
    this.#parts({ typeOf: (key) => columns[key]?.type }, { top: true })
    return this.#changed
  }

  alone(type: DataType): boolean {
    this.#value(type, { top: false })
    while (this.#at < this.#tokens.length) this.#copy()
    return this.#changed
  }

  #copy(): string {
    const text = this.#tokens[this.#at++] ?? ''
    this.out.push(text)
    return text
  }

  #blank(): void {
    while (this.#tokens[this.#at]?.trim() === '') this.#copy()
  }

  /** An object or a list up to what closes it. */
  #parts({ typeOf, nameOf }: Inner, where: { readonly top: boolean }): void {
    const isList = this.#copy() === '['
    let [key, place] = ['', -1]
    if (isList) this.#value(typeOf(''), where)
    while (this.#at < this.#tokens.length) {
      const text = this.#copy()
      if (text === '}' || text === ']') return
      if (text === (isList ? ',' : ':')) {
        if (!isList) key = this.#named(key, place, nameOf)
        this.#value(typeOf(key), where)
      } else if (text.startsWith('"')) [key, place] = [unquoted(text), this.out.length - 1]
    }
  }

  /** The key of a value that follows, put right where its struct has it in another case. */
  #named(key: string, place: number, nameOf: Inner['nameOf']): string {
    const name = nameOf?.(key) ?? key
    if (name === key) return key
    this.out[place] = JSON.stringify(name)
    this.#changed = true
    return name
  }

  #value(type: DataType | undefined, where: { readonly top: boolean }): void {
    this.#blank()
    const text = this.#tokens[this.#at]
    if (text === ']' || text === '}') return
    const inner = innerTypes(type, text)
    if (inner === null) this.#whole(typeof type === 'string' ? type : null, where)
    else this.#parts(inner, { top: false })
  }

  #whole(type: string | null, { top }: { readonly top: boolean }): void {
    const parts = this.#tokens.slice(this.#at, this.#endOfValue())
    this.#at += parts.length
    const quoted = type === null ? null : inQuotes(parts, type, { top })
    this.#changed ||= quoted !== null
    if (quoted === null) this.out.push(...parts)
    else this.out.push(quoted)
  }

  #endOfValue(): number {
    let [depth, at] = [0, this.#at]
    for (; at < this.#tokens.length; at++) {
      const text = this.#tokens[at] ?? ''
      if (depth === 0 && /^[\]},]$/.test(text)) return at
      if (text === '{' || text === '[') depth++
      else if (text === '}' || text === ']') depth--
    }
    return at
  }
}

/** What an object or a list says of its parts. */
interface Inner {
  readonly typeOf: (key: string) => DataType | undefined
  /** The field that a key means; undefined: none. Keys of maps are values, and mean what they are. */
  readonly nameOf?: (key: string) => string | undefined
}

/** Null for a value that is looked at as a whole. */
function innerTypes(type: DataType | undefined, text: string | undefined): Inner | null {
  if (type === undefined || typeof type === 'string') return null
  if ('list' in type) return text === '[' ? { typeOf: () => type.list } : null
  if (text !== '{') return null
  if ('map' in type) return { typeOf: () => type.map[1] }
  return { typeOf: (key) => type.struct[key]?.type, nameOf: (key) => fieldMeant(key, type.struct) }
}

function fieldMeant(key: string, fields: Columns): string | undefined {
  if (Object.hasOwn(fields, key)) return key
  const folded = key.toLowerCase()
  return Object.keys(fields).find((name) => name.toLowerCase() === folded)
}

/** A value in quotes, where DuckDB would change it without them. */
function inQuotes(parts: readonly string[], type: string, { top }: { readonly top: boolean }): string | null {
  // With its spaces: without them two values may look like one.
  const written = parts.join('').trim()
  if (isExact(type)) return number.test(written) && isLong(written) ? `"${written}"` : null
  if (type === 'string' && number.test(written)) return `"${written}"`
  const keepsAll = type === 'json' || type === 'variant' || (top && type === 'string' && /^[{[]/.test(written))
  if (!keepsAll || written === 'null' || !isJson(written)) return null
  return JSON.stringify(parts.map((part) => part.trim()).join(''))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The name that a quoted key says. */
export function unquoted(key: string): string {
  try {
    return String(JSON.parse(key))
  } catch {
    return ''
  }
}
