import { type Outline, outlineOf } from '../ast/outline.ts'
import type { Finding } from '../finding.ts'
import { findingOf } from './problem.ts'
import type { Scratch } from './scratch.ts'
import { parseAll, type ParsedSql } from './serialize.ts'

/** Parses texts and reads what they say by themselves. */
export async function outlineAll(scratch: Scratch, texts: readonly string[]): Promise<readonly Outline[]> {
  const sound = texts.filter((text) => !text.includes('\0'))
  const parsed = (await parseAll(scratch, sound)).values()
  return texts.map((text) => (text.includes('\0') ? nulOutline(text) : outline(parsed.next().value?.(), text)))
}

function outline(parsed: ParsedSql | undefined, text: string): Outline {
  if (parsed === undefined) throw new Error('fewer results than texts')
  return parsed.error ? broken(findingOf(parsed, text, 0)) : outlineOf(parsed.statements, text)
}

const broken = (finding: Finding): Outline => ({ references: [], params: [], findings: [finding] })

/** DuckDB would read the text only up to there. */
const nulOutline = (text: string): Outline => broken({ code: 'sql/nul', params: {}, at: text.indexOf('\0') })
