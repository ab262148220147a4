import { type Columns, type Issue, nearest, type Place, type SqlModel } from '@millrace/core'
import type { Finding } from '../finding.ts'
import { tokenLength } from '../text/positions.ts'

const namesItsTable: ReadonlySet<string> = new Set(['sql/deadline', 'sql/reader-lost', 'sql/not-understood'])

/** A finding as an issue of the file that the text stands in. */
export function issueOf(finding: Finding, model: SqlModel, inputs: readonly Columns[]): Issue {
  const params = namesItsTable.has(finding.code) ? { ...finding.params, table: model.name } : finding.params
  const candidates = candidatesOf(finding, inputs)
  const at = placeOf(model, finding.at ?? 0)
  return { code: finding.code, params, at, ...(candidates.length === 0 ? {} : { candidates }) }
}

/**
 * DuckDB offers what shares letters; a misspelling is better told by its distance from every column in sight. DuckDB's own
 * are among them: it alone knows the names that CTEs and aliases make.
 */
function candidatesOf(finding: Finding, inputs: readonly Columns[]): readonly string[] {
  const offered = finding.candidates ?? []
  const { name } = finding.params
  if (finding.code !== 'sql/unknown-column' || typeof name !== 'string') return offered
  const inSight = new Set([...inputs.flatMap((one) => Object.keys(one)), ...offered])
  return nearest(name.slice(name.lastIndexOf('.') + 1), inSight)
}

/** The file's line and column of an offset in the model's text. */
export function placeOf(model: SqlModel, offset: number): Place {
  const before = model.sql.slice(0, offset)
  const lastBreak = before.lastIndexOf('\n')
  const lines = before.split('\n').length - 1
  return {
    file: model.file,
    line: model.start.line + lines,
    column: lines === 0 ? model.start.column + offset : offset - lastBreak,
    length: tokenLength(model.sql, offset),
  }
}

/** A bare word such as `user` is a column where an input has one of that name. */
export function withoutColumns(findings: readonly Finding[], inputs: readonly Columns[]): readonly Finding[] {
  if (findings.every((one) => one.unlessColumn === undefined)) return findings
  const names = new Set(inputs.flatMap((one) => Object.keys(one).map((name) => name.toLowerCase())))
  return findings.filter((one) => one.unlessColumn === undefined || !names.has(one.unlessColumn))
}
