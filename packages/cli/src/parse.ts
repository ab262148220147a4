import { parseArgs } from 'node:util'
import { fail, MillraceError, nearest } from '@millrace/core'
import type { CommandSpec, Input } from './command.ts'
import { commands, commonOptions } from './table.ts'

export function findCommand(name: string): CommandSpec {
  const found = commands.find((one) => one.name === name)
  if (found !== undefined) return found
  return fail(
    'command/unknown',
    { name },
    {
      candidates: nearest(
        name,
        commands.map((one) => one.name),
      ),
    },
  )
}

/** Parses what follows the command's name; an unknown option names the nearest one that exists. */
export function parseInput(spec: CommandSpec, argv: readonly string[]): Input {
  const options = { ...spec.options, ...commonOptions }
  const config = Object.fromEntries(
    Object.entries(options).map(([name, one]) => [
      name,
      {
        type: one.type,
        ...(one.multiple === true ? { multiple: true } : {}),
        ...(one.short === undefined ? {} : { short: one.short }),
      },
    ]),
  )
  const end = argv.indexOf('--')
  for (const word of end < 0 ? argv : argv.slice(0, end)) checkOption(spec.name, word, Object.keys(options))
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: config,
      allowPositionals: true,
      strict: true,
    })
    refuseExtra(spec, positionals)
    return { command: spec.name, args: positionals, options: values as Input['options'], json: values['json'] === true }
  } catch (error) {
    if (error instanceof MillraceError) throw error
    return fail('command/bad-option', {
      command: spec.name,
      problem: error instanceof Error ? error.message : String(error),
    })
  }
}

/** A word that is silently ignored would be a table that somebody believes to be chosen. */
function refuseExtra({ name, args = '', options }: CommandSpec, words: readonly string[]): void {
  const most = Math.max(...args.split(' | ').map((one) => one.split(' ').filter((word) => word !== '').length))
  if (words.length <= most) return
  fail('command/extra-words', { command: name, words: words.slice(most).join(' '), selects: 'select' in options })
}

function checkOption(command: string, word: string, known: readonly string[]): void {
  const name = /^--([^=]+)/.exec(word)?.[1]
  if (name === undefined || known.includes(name)) return
  fail(
    'command/unknown-option',
    { command, option: `--${name}` },
    { candidates: nearest(name, known).map((one) => `--${one}`) },
  )
}
