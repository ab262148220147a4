import type { CommandSpec, OptionSpec } from '../packages/cli/src/command.ts'
import { commands, commonOptions } from '../packages/cli/src/table.ts'
import { table } from './markdown.ts'

/** docs/reference/commands.md, from the table that the command itself reads. */
export function commandsPage(): string {
  return `# Commands

Generated from \`packages/cli/src/table.ts\`. Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 the work
failed, 2 used wrongly, 130 interrupted. Every command takes these options:

${options(commonOptions)}

${commands.map(section).join('\n\n')}
`
}

function section(spec: CommandSpec): string {
  const usage = `millrace ${spec.name}${spec.args === undefined ? '' : ` ${spec.args}`} [options]`
  const own = Object.keys(spec.options).length === 0 ? [] : [options(spec.options)]
  const about = spec.about === undefined ? [] : [spec.about]
  const examples = ['```', ...spec.examples, '```'].join('\n')
  return [`## ${spec.name}`, `${spec.summary}.`, ...about, `\`${usage}\``, ...own, examples].join('\n\n')
}

function options(all: Readonly<Record<string, OptionSpec>>): string {
  const rows = Object.entries(all).map(([name, one]) => {
    const short = one.short === undefined ? '' : `\`-${one.short}\`, `
    const value = one.type === 'string' ? ` ${one.value ?? 'VALUE'}` : ''
    return [`${short}\`--${name}${value}\``, `${one.help}${one.multiple === true ? '; can be repeated' : ''}`]
  })
  return table(['option', 'meaning'], rows)
}
