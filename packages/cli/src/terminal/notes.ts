import type { Issue } from '@millrace/core'
import { described } from './advice.ts'
import type { Screen } from './screen.ts'

/** Tables that nothing defines any more: nothing is wrong, and something may be meant. */
export const isLeft = ({ code }: Issue): boolean => code === 'plan/would-drop'

/** What stays as it is, with what could be done about it. */
export function renderNotes(issues: readonly Issue[], { paint }: Screen): string {
  const notes = issues.map(described)
  return notes
    .map(({ message, fix }) => `${paint('yellow', '!')} ${message}\n  ${paint('green', '→')} ${fix}\n`)
    .join('')
}
