import type { CommandSpec, OptionSpec } from './command.ts'
import { commands, commonOptions } from './table.ts'

const groups = ['Project', 'Work', 'Look', 'Environments', 'Care'] as const

/** The first screen. */
export function overview(version: string): string {
  const width = Math.max(...commands.map((one) => one.name.length)) + 2
  const lines = groups.flatMap((group) => [
    '',
    group,
    ...commands.filter((one) => one.group === group).map((one) => `  ${one.name.padEnd(width)}${one.summary}`),
  ])
  return `millrace ${version}: the data platform that fits in a repo\n\nUsage: millrace COMMAND [options]\n${lines.join('\n')}

Run 'millrace COMMAND --help' for its options and examples.`
}

/** The first screen as data: each command as its own help gives it. */
export const overviewData = (version: string): string =>
  JSON.stringify({ version, options: commonOptions, commands }, null, 2)

/** The help of one command. */
export function commandHelp(spec: CommandSpec): string {
  const options = Object.entries({ ...spec.options, ...commonOptions }).map(
    ([name, one]) => [signature(name, one), one.help] as const,
  )
  const width = Math.max(...options.map(([left]) => left.length)) + 2
  const lines = options.map(([left, help]) => `  ${left.padEnd(width)}${help}`)
  const about = spec.about === undefined ? '' : `\n${spec.about}\n`
  return `${spec.summary}\n${about}
Usage: millrace ${spec.name}${spec.args === undefined ? '' : ` ${spec.args}`} [options]

Options
${lines.join('\n')}

Examples
${spec.examples.map((one) => `  ${one}`).join('\n')}`
}

function signature(name: string, option: OptionSpec): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `
  return `${short}--${name}${option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : ''}`
}
