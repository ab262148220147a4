import { definingFiles } from '@millrace/project'
import { keptTables, openQueries, type Queries } from '@millrace/runtime'
import { type CommandSpec, type Input, type OptionSpec, type Takes } from '../command.ts'
import { commands, commonOptions } from '../table.ts'
import { badWord, firstArgument } from './table-argument.ts'

/** Scripts for three shells, and the names that they ask for while somebody types. */
const printed = { bash, zsh, fish } as const
const asked = { tables, environments } as const
const known = [...Object.keys(printed), ...Object.keys(asked)]

export async function run(input: Input): Promise<number> {
  const wanted = firstArgument(input, 'the name of a shell: bash, zsh or fish')
  if (wanted in printed) {
    const script = printed[wanted as keyof typeof printed]()
    process.stdout.write(input.json ? `${JSON.stringify(script)}\n` : script)
  } else if (wanted in asked) await printNames(input, asked[wanted as keyof typeof asked])
  else badWord('completion', wanted, known)
  return 0
}

async function printNames({ json }: Input, namesOf: (queries: Queries) => Promise<readonly string[]>): Promise<void> {
  const queries = await openQueries({ reads: true })
  try {
    const names = await namesOf(queries)
    process.stdout.write(json ? `${JSON.stringify(names)}\n` : names.map((name) => `${name}\n`).join(''))
  } finally {
    await queries.close()
  }
}

async function environments({ lakehouse }: Queries): Promise<readonly string[]> {
  return (await lakehouse.catalog.environments()).map(({ name }) => name)
}

/** What is there, and what the files are about to make. */
async function tables({ lakehouse, root }: Queries): Promise<readonly string[]> {
  const made = [...(await lakehouse.catalog.resolve(lakehouse.environment)).keys()]
  // A file in TypeScript may define any table: what was read of it last is known.
  const read = keptTables(root)
  const defined = definingFiles(root).flatMap((file) => {
    const [, layer, name] = /([^/]+)\/([^/]+)\.sql$/.exec(file) ?? []
    return layer === undefined || name === undefined ? [] : [`${layer}.${name}`]
  })
  return [...new Set([...made, ...read, ...defined])].toSorted()
}

const optionsOf = (spec: CommandSpec): readonly (readonly [string, OptionSpec])[] =>
  Object.entries({ ...spec.options, ...commonOptions })

const spelled = (spec: CommandSpec): string =>
  optionsOf(spec)
    .map(([name]) => `--${name}`)
    .join(' ')

/** Each spelling of an option that has a value, with what the value can be. */
const valued = (spec: CommandSpec): readonly (readonly [readonly string[], Takes])[] =>
  optionsOf(spec).flatMap(([name, { takes, short }]) =>
    takes === undefined ? [] : [[[`--${name}`, ...(short === undefined ? [] : [`-${short}`])], takes] as const],
  )

/** By position; what comes after the last is like the last. */
const byPosition = ({ takes = [] }: CommandSpec): readonly (readonly [number, Takes])[] =>
  takes.map((one, i) => [i + 2, one] as const)

const wordOf = (takes: Takes): string => (typeof takes === 'string' ? `@${takes}` : takes.join(' '))

function bash(): string {
  const values = commands.flatMap((spec) =>
    valued(spec).map(
      ([names, takes]) => `    ${names.map((one) => `"${spec.name} ${one}"`).join('|')}) takes="${wordOf(takes)}" ;;`,
    ),
  )
  const places = commands.flatMap((spec) =>
    byPosition(spec).map(([at, takes]) => `    "${spec.name} ${at}") takes="${wordOf(takes)}" ;;`),
  )
  const options = commands.map((spec) => `    ${spec.name}) words="${spelled(spec)}" ;;`)
  return `_millrace() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  local takes="" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map((one) => one.name).join(' ')}" -- "$current"))
    return
  fi
  case "$command $previous" in
${values.join('\n')}
  esac
  if [ -z "$takes" ]; then
    case "$command" in
${options.join('\n')}
    esac
    case "$current" in -*) ;; *) case "$command $COMP_CWORD" in
${places.join('\n')}
    esac ;; esac
  fi
  case "$takes" in
    @tables|@environments) words="$(millrace completion "\${takes#@}" 2>/dev/null)" ;;
    @files) COMPREPLY=($(compgen -f -- "$current")); return ;;
    @folders) COMPREPLY=($(compgen -d -- "$current")); return ;;
    ?*) words="$takes" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _millrace millrace
`
}

function zsh(): string {
  const list = commands.map((one) => `    '${one.name}:${one.summary.replaceAll("'", "'\\''")}'`)
  const values = commands.flatMap((spec) =>
    valued(spec).map(
      ([names, takes]) => `    ${names.map((one) => `'${spec.name} ${one}'`).join('|')}) ${zshAdd(takes)}; return ;;`,
    ),
  )
  const places = commands.flatMap((spec) =>
    byPosition(spec).map(([at, takes]) => `    '${spec.name} ${at + 1}') ${zshAdd(takes)} ;;`),
  )
  const options = commands.map((spec) => `    ${spec.name}) compadd -- ${spelled(spec)} ;;`)
  return `#compdef millrace
_millrace() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2] $words[CURRENT-1]" in
${values.join('\n')}
  esac
  case "$words[2] $CURRENT" in
${places.join('\n')}
  esac
  case "$words[2]" in
${options.join('\n')}
  esac
}
compdef _millrace millrace
`
}

function zshAdd(takes: Takes): string {
  if (takes === 'files') return '_files'
  if (takes === 'folders') return '_files -/'
  const asking = typeof takes === 'string' ? `\${(f)"$(millrace completion ${takes} 2>/dev/null)"}` : takes.join(' ')
  return `compadd -- ${asking}`
}

const fishText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`

function fish(): string {
  const lines = commands.flatMap((spec) => {
    const seen = `'__fish_seen_subcommand_from ${spec.name}'`
    return [
      `complete -c millrace -n __fish_use_subcommand -f -a ${spec.name} -d ${fishText(spec.summary)}`,
      ...(spec.takes ?? []).map((takes, i) => `complete -c millrace -n ${fishPlace(spec, i)} ${fishWords(takes)}`),
      ...optionsOf(spec).map(([name, { short, takes, type, help }]) => {
        const value = takes === undefined ? (type === 'string' ? ' -x' : '') : ` -r ${fishWords(takes)}`
        const brief = short === undefined ? '' : ` -s ${short}`
        return `complete -c millrace -n ${seen} -l ${name}${brief}${value} -d ${fishText(help)}`
      }),
    ]
  })
  return `${lines.join('\n')}\n`
}

/** Behind a command and the words that have to stand before; a word out of few is given once. */
function fishPlace({ name, takes = [] }: CommandSpec, at: number): string {
  const fixed = (one: Takes | undefined): readonly string[] => (Array.isArray(one) ? one : [])
  const seen = (words: readonly string[]): string => `__fish_seen_subcommand_from ${words.join(' ')}`
  const before = takes.slice(0, at).flatMap((one) => (fixed(one).length === 0 ? [] : [seen(fixed(one))]))
  const own = fixed(takes[at])
  return `'${[seen([name]), ...before, ...(own.length === 0 ? [] : [`not ${seen(own)}`])].join('; and ')}'`
}

function fishWords(takes: Takes): string {
  if (takes === 'files') return '-F'
  if (takes === 'folders') return "-f -a '(__fish_complete_directories)'"
  return `-f -a '${typeof takes === 'string' ? `(millrace completion ${takes} 2>/dev/null)` : takes.join(' ')}'`
}
