import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Issue, Place } from '@millrace/core'
import { described } from './advice.ts'
import type { Screen } from './screen.ts'

/** Issues as a person reads them: what, where (with a caret under the place), what to do, where to read on. */
export function renderIssues(issues: readonly Issue[], screen: Screen): string {
  const parts = issues.map((one) => renderIssue(one, screen))
  const count = issues.length > 1 ? `\n${issues.length} problems\n` : ''
  return `${parts.join('\n')}${count}`
}

function renderIssue(one: Issue, { paint }: Screen): string {
  const { message, fix, docs } = described(one)
  const lines = [`${paint('red', '✗')} ${paint('bold', message)} ${paint('dim', one.code)}`]
  if (one.at !== undefined) lines.push(...excerpt(one.at, paint))
  const candidates = one.candidates ?? []
  if (candidates.length > 0) lines.push(`  Did you mean ${candidates.map((name) => paint('cyan', name)).join(' or ')}?`)
  lines.push(`  ${paint('green', '→')} ${fix.replaceAll('\n', '\n    ')}`)
  lines.push(`  ${paint('dim', docs)}`)
  return `${lines.join('\n')}\n`
}

function excerpt(at: Place, paint: Screen['paint']): readonly string[] {
  const where = `${relative(process.cwd(), at.file) || at.file}:${at.line}:${at.column}`
  const line = lineOf(at)
  if (line === null) return [`  ${paint('dim', where)}`]
  const number = String(at.line)
  const pad = ' '.repeat(number.length)
  // Long lines are cut around the place; tabs count as one column in both rows.
  const start = Math.max(0, at.column - 60)
  const shown = line.slice(start, start + 110).replaceAll('\t', ' ')
  const before = Math.max(0, at.column - 1 - start)
  const caret = ' '.repeat(before) + '^'.repeat(Math.max(1, Math.min(at.length, shown.length - before)))
  return [
    `  ${paint('dim', where)}`,
    `  ${paint('dim', `${number} │`)} ${shown}`,
    `  ${paint('dim', `${pad} │`)} ${paint('red', caret)}`,
  ]
}

function lineOf(at: Place): string | null {
  try {
    return readFileSync(at.file, 'utf8').split('\n')[at.line - 1] ?? null
  } catch {
    return null
  }
}
