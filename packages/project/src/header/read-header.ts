import type { Schema } from '../schema/schema.ts'
import { type Mistake, validate } from '../schema/validate.ts'
import type { View } from '../schema/view.ts'
import { viewOfYaml, YamlMistake } from '../schema/yaml.ts'

/** Where a SQL file's header and select stand, as offsets in the file. */
export interface SqlFile {
  readonly header: { readonly text: string; readonly offset: number } | null
  readonly sql: string
  readonly offset: number
}

/** Only line comments and blank lines may stand before the header. */
const headerPattern = /^(?:\s|--[^\n]*(?:\n|$))*\/\*\s*millrace\b([^]*?)\*\//

/** Splits a file into its header and its select; the select loses the semicolon at its end. */
export function splitSqlFile(text: string): SqlFile {
  const found = headerPattern.exec(text)
  const body = found?.[1]
  const begin = found?.[0].length ?? 0
  const offset = begin + (/^\s*/.exec(text.slice(begin))?.[0].length ?? 0)
  const sql = text.slice(offset, endOfSelect(text, offset))
  if (found === null || body === undefined) return { header: null, sql, offset }
  return { header: { text: body, offset: begin - 2 - body.length }, sql, offset }
}

/** A loop: a pattern for "signs up to the end" tries every blank of a long text. */
function endOfSelect(text: string, from: number): number {
  let end = text.length
  while (end > from && /[\s;]/.test(text.charAt(end - 1))) end--
  return end
}

export interface Settings {
  /** The validated value; only keys of the schema are in it. */
  readonly value: Readonly<Record<string, unknown>>
  /** Spans count from the start of the YAML text. */
  readonly mistakes: readonly Mistake[]
}

/** Reads settings in YAML against a schema. */
export function readYaml(text: string, schema: Schema, where: string): Settings {
  let view: View
  try {
    view = viewOfYaml(text)
  } catch (error) {
    if (!(error instanceof YamlMistake)) throw error
    const params = { message: error.message.replace(/\.?$/, '.') }
    return { value: {}, mistakes: [{ code: 'project/yaml', params, path: [], span: [error.at, error.at + 1] }] }
  }
  const { value, mistakes } = validate(schema, view, where)
  return { value: (value ?? {}) as Settings['value'], mistakes }
}
