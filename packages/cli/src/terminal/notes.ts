import type { Issue } from '@millrace/core'
import { described } from './advice.ts'
import type { Screen } from './screen.ts'

/** Tables that nothing defines any more: nothing is wrong, and something may be meant. */
export const isLeft = ({ code }: Issue): boolean => code === 'plan/would-drop'

/** What was asked of a run and did not arise. */
export const isInVain = ({ code }: Issue): boolean => code === 'plan/unknown-allowed'

/** What stays as it is, with what could be done about it. */
export function renderNotes(issues: readonly Issue[], { paint }: Screen): string {
  const shown = issues.map((one) => {
    const { message, fix } = described(one)
    const meant = (one.candidates ?? []).map((name) => paint('cyan', name)).join(' or ')
    const asked = meant === '' ? '' : `  Did you mean ${meant}?\n`
    return `${paint('yellow', '!')} ${message}\n${asked}  ${paint('green', '→')} ${fix}\n`
  })
  return shown.join('')
}
