import { fail } from '@millrace/core'
import type { Input } from '../command.ts'

/** The first word after the command. */
export function firstArgument(input: Input, argument: string): string {
  return input.args[0] ?? fail('command/missing-argument', { command: input.command, argument })
}

export const tableArgument = (input: Input): string => firstArgument(input, 'the name of a table')
