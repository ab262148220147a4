import { fail } from '@millrace/core'
import type { Input } from '../command.ts'
import { commands, commonOptions } from '../table.ts'
import { firstArgument } from './table-argument.ts'

type Shell = 'bash' | 'zsh' | 'fish'

const scripts: { readonly [S in Shell]: () => string } = { bash, zsh, fish }

export function run(input: Input): Promise<number> {
  const shell = firstArgument(input, 'the name of a shell: bash, zsh or fish')
  if (!(shell in scripts)) fail('command/bad-value', { option: 'shell', value: shell, expected: 'bash, zsh or fish' })
  process.stdout.write(scripts[shell as Shell]())
  return Promise.resolve(0)
}

const optionsOf = (name: string): readonly string[] => {
  const spec = commands.find((one) => one.name === name)
  return [...Object.keys(spec?.options ?? {}), ...Object.keys(commonOptions)].map((one) => `--${one}`)
}

const names = (): string => commands.map((one) => one.name).join(' ')

function bash(): string {
  const cases = commands.map((one) => `    ${one.name}) words="${optionsOf(one.name).join(' ')}" ;;`).join('\n')
  return `_millrace() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="${names()}"
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "\${COMP_WORDS[1]}" in
${cases}
    *) words="" ;;
    esac
    case "$current" in -*) ;; *) words="$words $(compgen -f -- "$current")" ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _millrace millrace
`
}

function zsh(): string {
  const list = commands.map((one) => `    '${one.name}:${one.summary.replaceAll("'", "'\\''")}'`).join('\n')
  const cases = commands.map((one) => `    ${one.name}) compadd -- ${optionsOf(one.name).join(' ')} ;;`).join('\n')
  return `#compdef millrace
_millrace() {
  local -a commands
  commands=(
${list}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${cases}
  esac
  _files
}
compdef _millrace millrace
`
}

function fish(): string {
  const lines = commands.flatMap((one) => [
    `complete -c millrace -n __fish_use_subcommand -a ${one.name} -d '${one.summary.replaceAll("'", String.raw`\'`)}'`,
    ...optionsOf(one.name).map(
      (option) => `complete -c millrace -n '__fish_seen_subcommand_from ${one.name}' -l ${option.slice(2)}`,
    ),
  ])
  return `${lines.join('\n')}\n`
}
