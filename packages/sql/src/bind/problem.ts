import type { Code } from '@millrace/core'
import type { Finding } from '../finding.ts'
import { utf16Offset } from '../text/positions.ts'
import type { Problem } from './serialize.ts'

/** DuckDB's mistake as a finding; `shift` is how many bytes stood before the text. */
export function findingOf(problem: Problem, text: string, shift: number): Finding {
  const bytes = problem.position === undefined ? null : Number(problem.position) - shift
  const at = bytes === null ? null : utf16Offset(text, bytes)
  const message = firstLine(problem.error_message)
  const code = codeOf(problem)
  const name = problem.name ?? nameIn(message) ?? ''
  const candidates = candidatesOf(problem)
  const params = paramsOf(code, name, message)
  return { code, params, at, ...(candidates.length === 0 ? {} : { candidates }) }
}

const firstLine = (message: string): string => message.split('\n')[0] ?? message

const nameIn = (message: string): string | undefined =>
  /column named "([^"]+)"/.exec(message)?.[1] ?? /"([^"]+)"/.exec(message)?.[1]

const missing: Readonly<Record<string, Code>> = {
  Table: 'sql/unknown-table',
  Type: 'sql/unknown-type',
}

function codeOf(problem: Problem): Code {
  const { error_message: message, error_subtype: subtype } = problem
  if (problem.error_type === 'parser') return 'sql/syntax'
  if (problem.error_type === 'not implemented') return 'sql/not-a-select'
  if (problem.error_type === 'permission') return 'sql/file-read'
  if (subtype === 'COLUMN_NOT_FOUND' || /^Referenced (column|table) |does not have a column named/.test(message))
    return 'sql/unknown-column'
  if (subtype === 'NO_MATCHING_FUNCTION') return 'sql/arguments'
  if (subtype === 'MISSING_ENTRY') return missing[problem.type ?? ''] ?? 'sql/unknown-function'
  if (message.startsWith('Ambiguous reference')) return 'sql/ambiguous'
  return 'sql/invalid'
}

function paramsOf(code: Code, name: string, message: string): Readonly<Record<string, unknown>> {
  if (code === 'sql/unknown-table' || code === 'sql/unknown-type' || code === 'sql/unknown-function') return { name }
  if (code === 'sql/file-read') return { name: 'A file name' }
  if (code === 'sql/syntax' || code === 'sql/invalid' || code === 'sql/not-a-select') return { message }
  return { name, message }
}

/** Signatures of functions hold commas themselves. */
function candidatesOf(problem: Problem): readonly string[] {
  const separator = problem.error_subtype === 'NO_MATCHING_FUNCTION' ? /,(?=\w+\()/ : ','
  return problem.candidates?.split(separator).map((one) => one.trim()) ?? []
}
