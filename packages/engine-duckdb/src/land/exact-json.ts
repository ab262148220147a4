/**
 * Rewrites a JSON record so that DuckDB, which reads numbers as doubles and writes nested values anew, keeps them as written:
 * - a long number of an exact type is a text, at any depth, which DuckDB casts digit by digit;
 * - what stands in a column of texts without being one is its own text;
 * - a column of JSON is the text of its value without the spaces between its parts.
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
    this.#parts((key) => columns[key]?.type, { top: true })
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
  #parts(typeOf: (key: string) => DataType | undefined, where: { readonly top: boolean }): void {
    const isList = this.#copy() === '['
    let key = ''
    if (isList) this.#value(typeOf(''), where)
    while (this.#at < this.#tokens.length) {
      const text = this.#copy()
      if (text === '}' || text === ']') return
      if (text === (isList ? ',' : ':')) this.#value(typeOf(key), where)
      else if (text.startsWith('"')) key = unquoted(text)
    }
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

/** What types the parts of a nested value have, by their keys; null for a value that is looked at as a whole. */
function innerTypes(
  type: DataType | undefined,
  text: string | undefined,
): ((key: string) => DataType | undefined) | null {
  if (type === undefined || typeof type === 'string') return null
  if ('list' in type) return text === '[' ? () => type.list : null
  if (text !== '{') return null
  return 'map' in type ? () => type.map[1] : (key) => type.struct[key]?.type
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
