import { fail, type Instant, type Interval, parseInstant } from '@millrace/core'
import { type Input, text } from '../command.ts'

/** The interval between --from and --to; open where one is not given. */
export function withinOf(input: Input): { readonly within?: Interval } {
  const from = instantOf(input, 'from')
  const to = instantOf(input, 'to')
  if (from === null && to === null) return {}
  if (from !== null && to !== null && from >= to)
    fail('command/bad-value', { option: 'to', value: text(input, 'to') ?? '', expected: 'a time after that of --from' })
  return { within: { from: from ?? (-8.64e15 as Instant), to: to ?? (8.64e15 as Instant) } }
}

function instantOf(input: Input, option: string): Instant | null {
  const value = text(input, option)
  if (value === undefined) return null
  return (
    parseInstant(value) ??
    fail('command/bad-value', { option, value, expected: 'a time such as 2026-01-31 or 2026-01-31T10:00Z' })
  )
}
