import type { ColumnSpec } from '../columns.ts'
import { type DataType, type PrimitiveType, plainTypes } from './data-type.ts'

/** A type as text, the one spelling in YAML headers, messages and generated files.
 *
 * ```ts
 * import { printType } from '@millrace/core'
 * printType({ list: 'decimal(12,2)' }) //=> 'list<decimal(12,2)>'
 * ```
 */
export function printType(type: DataType): string {
  if (typeof type === 'string') return type
  if ('list' in type) return `list<${printType(type.list)}${requiredMark(type)}>`
  if ('map' in type) return `map<${printType(type.map[0])}, ${printType(type.map[1])}${requiredMark(type)}>`
  const fields = Object.entries(type.struct).map(([name, field]) => printField(name, field))
  return `struct<${fields.join(', ')}>`
}

function printField(name: string, field: ColumnSpec): string {
  return `${printName(name)}: ${printType(field.type)}${requiredMark(field)}`
}

const requiredMark = (of: { readonly required?: boolean }): string => (of.required === true ? ' required' : '')

const plainName = /^[a-z_][a-z0-9_]*$/i

const printName = (name: string): string => (plainName.test(name) ? name : `"${name.replaceAll('"', '""')}"`)

/** The type that a text spells, or null when it spells none.
 *
 * ```ts
 * import { parseType } from '@millrace/core'
 * parseType('map<string, int64>') //=> { map: ['string', 'int64'] }
 * ```
 */
export function parseType(text: string): DataType | null {
  const tokens = tokenize(text)
  if (tokens === null) return null
  const reader = new TokenReader(tokens)
  const type = readType(reader)
  return type !== null && reader.atEnd ? type : null
}

const tokenPattern = /\s*(?:([a-z_][a-z0-9_]*)|(\d+)|"((?:[^"]|"")+)"|([<>(),:]))/iy

interface Token {
  readonly kind: 'word' | 'number' | 'quoted' | 'mark'
  readonly text: string
}

function tokenize(text: string): readonly Token[] | null {
  const tokens: Token[] = []
  const trimmed = text.trimEnd()
  tokenPattern.lastIndex = 0
  while (tokenPattern.lastIndex < trimmed.length) {
    const found = tokenPattern.exec(trimmed)
    if (found === null) return null
    const [, word, number, quoted, mark] = found
    if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replaceAll('""', '"') })
    else tokens.push({ kind: 'mark', text: mark ?? '' })
  }
  return tokens
}

class TokenReader {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  /** Steps over the next token if it is this mark or word. */
  accept(text: string): boolean {
    const token = this.#tokens[this.#at]
    if (token === undefined || token.kind === 'quoted' || token.text !== text) return false
    this.#at++
    return true
  }

  take(...kinds: readonly Token['kind'][]): string | null {
    const token = this.#tokens[this.#at]
    if (token === undefined || !kinds.includes(token.kind)) return null
    this.#at++
    return token.text
  }
}

const plain: ReadonlySet<string> = new Set(plainTypes)

const isPlain = (name: string): name is PrimitiveType => plain.has(name)

function readType(reader: TokenReader): DataType | null {
  const name = reader.take('word')
  if (name === null) return null
  if (isPlain(name)) return name
  return Object.hasOwn(parametric, name) ? (parametric[name]?.(reader) ?? null) : null
}

const parametric: Readonly<Record<string, (reader: TokenReader) => DataType | null>> = {
  decimal(reader) {
    const [width, scale] = readNumbers(reader, 2) ?? []
    if (width === undefined || scale === undefined) return null
    return width >= 1 && width <= 38 && scale <= width ? `decimal(${width},${scale})` : null
  },
  fixed(reader) {
    const [length] = readNumbers(reader, 1) ?? []
    return length === undefined || length < 1 ? null : `fixed(${length})`
  },
  list(reader) {
    if (!reader.accept('<')) return null
    const element = readType(reader)
    const required = reader.accept('required')
    if (element === null || !reader.accept('>')) return null
    return required ? { list: element, required } : { list: element }
  },
  map(reader) {
    if (!reader.accept('<')) return null
    const key = readType(reader)
    if (key === null || !reader.accept(',')) return null
    const value = readType(reader)
    const required = reader.accept('required')
    if (value === null || !reader.accept('>')) return null
    return required ? { map: [key, value], required } : { map: [key, value] }
  },
  struct(reader) {
    if (!reader.accept('<')) return null
    const fields: [string, ColumnSpec][] = []
    do {
      const name = reader.take('word', 'quoted')
      if (name === null || !reader.accept(':')) return null
      const type = readType(reader)
      if (type === null || fields.some(([other]) => other === name)) return null
      fields.push([name, reader.accept('required') ? { type, required: true } : { type }])
    } while (reader.accept(','))
    return reader.accept('>') ? { struct: Object.fromEntries(fields) } : null
  },
}

function readNumbers(reader: TokenReader, count: number): readonly number[] | null {
  const numbers: number[] = []
  if (!reader.accept('(')) return null
  for (let i = 0; i < count; i++) {
    if (i > 0 && !reader.accept(',')) return null
    const number = reader.take('number')
    if (number === null) return null
    numbers.push(Number(number))
  }
  return reader.accept(')') ? numbers : null
}
