import { shownValue } from '@millrace/engine-duckdb'

export type Row = Readonly<Record<string, unknown>>
export type CodeRecord = { readonly row: Row } | { readonly position: string } | { readonly arrow: Uint8Array }
type Many = Iterable<unknown> | AsyncIterable<unknown>

/** Something that a function gave, of another form than it should have. Records count from 1; 0: all that it gave. */
export class RecordError extends Error {
  readonly record: number
  readonly received: string
  readonly expected: string

  constructor(record: number, received: unknown, expected: string) {
    super(`record ${record} is ${shownValue(received)}`)
    this.record = record
    this.received = shownValue(received)
    this.expected = expected
  }
}

const isObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** The rows that a model or a check gives. */
export async function* rowsIn(given: unknown): AsyncGenerator<CodeRecord> {
  let number = 0
  for await (const row of manyOf(given, 'a list of rows or a function that yields them')) {
    number += 1
    if (!isObject(row)) throw new RecordError(number, row, 'a row such as { id: 1n, name: "a" }')
    yield { row }
  }
}

/** What a source gives. */
export async function* recordsIn(given: unknown): AsyncGenerator<CodeRecord> {
  let number = 0
  for await (const one of manyOf(given, 'a list of records or a function that yields { row: { ... } }')) {
    number += 1
    yield recordOf(one, number)
  }
}

function manyOf(given: unknown, expected: string): Many {
  if (typeof given === 'object' && given !== null && (Symbol.asyncIterator in given || Symbol.iterator in given))
    return given as Many
  throw new RecordError(0, given, expected)
}

const forms = '{ row: { column: value } }, { position: "text" } or { arrow: bytes }'

function recordOf(one: unknown, number: number): CodeRecord {
  const keys = isObject(one) ? Object.keys(one) : []
  const [key] = keys
  if (isObject(one) && keys.length === 1) {
    const { row, position, arrow } = one
    if (key === 'row' && isObject(row)) return { row }
    if (key === 'position' && typeof position === 'string') return { position }
    if (key === 'arrow' && arrow instanceof Uint8Array) return { arrow }
  }
  throw new RecordError(number, one, keys.length > 1 && key === 'row' ? `one of ${forms} in each yield` : forms)
}
