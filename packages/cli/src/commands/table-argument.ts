import { fail, nearest } from '@millrace/core'
import type { Input } from '../command.ts'

/** The first word after the command. */
export function firstArgument(input: Input, argument: string): string {
  return input.args[0] ?? fail('command/missing-argument', { command: input.command, argument })
}

export const tableArgument = (input: Input): string => firstArgument(input, 'the name of a table')

/** Refuses a word where only a few are known. */
export function badWord(command: string, word: string, known: readonly string[]): never {
  return fail('command/bad-word', { command, word, expected: known.join(', ') }, { candidates: nearest(word, known) })
}
