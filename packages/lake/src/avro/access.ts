import type { AvroRecord } from './schema.ts'

/** A field that must be text. */
export function textIn(record: AvroRecord, name: string): string {
  const value = record[name]
  if (typeof value === 'string') return value
  throw new TypeError(`${name} is not text`)
}
