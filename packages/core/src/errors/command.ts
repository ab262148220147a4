import { type ErrorKind, kind } from './error-kind.ts'

export const commandErrors: {
  readonly 'command/unknown': ErrorKind<{ name: string }>
  readonly 'command/unknown-option': ErrorKind<{ command: string; option: string }>
  readonly 'command/bad-option': ErrorKind<{ command: string; problem: string }>
  readonly 'command/bad-word': ErrorKind<{ command: string; word: string; expected: string }>
  readonly 'command/missing-argument': ErrorKind<{ command: string; argument: string }>
  readonly 'command/extra-words': ErrorKind<{ command: string; words: string; selects: boolean }>
  readonly 'command/unknown-table': ErrorKind<{ name: string; environment: string }>
  readonly 'command/bad-value': ErrorKind<{ option: string; value: string; expected: string }>
  readonly 'command/unknown-column': ErrorKind<{ table: string; column: string }>
  readonly 'command/same-names': ErrorKind<{ names: readonly string[]; format: string }>
  readonly 'command/not-empty': ErrorKind<{ dir: string }>
  readonly 'command/unknown-environment': ErrorKind<{ name: string; known: readonly string[] }>
  readonly 'command/nothing-yet': ErrorKind<Record<string, never>>
  readonly 'command/file-system': ErrorKind<{ message: string }>
  readonly 'command/failed': ErrorKind<{ message: string }>
} = {
  'command/unknown': kind({
    say: (p) => `There is no command \`${p.name}\`.`,
    cause: 'The command is misspelled.',
    fix: '`millrace --help` lists the commands.',
    retry: 'never',
    exit: 2,
  }),
  'command/unknown-option': kind({
    say: (p) => `\`millrace ${p.command}\` has no option ${p.option}.`,
    cause: 'The option is misspelled or belongs to another command.',
    fix: (p) => `\`millrace ${p.command} --help\` lists its options.`,
    retry: 'never',
    exit: 2,
  }),
  'command/bad-option': kind({
    say: (p) => `\`millrace ${p.command}\`: ${p.problem}`,
    cause: 'An option was given in a form that it does not take.',
    fix: (p) => `\`millrace ${p.command} --help\` shows how each option is written.`,
    retry: 'never',
    exit: 2,
  }),
  'command/bad-word': kind({
    say: (p) => `\`millrace ${p.command} ${p.word}\` is none of those that there are: ${p.expected}.`,
    cause: 'The word after the command is misspelled.',
    fix: (p) => `Write one of them: \`millrace ${p.command} --help\` shows examples.`,
    retry: 'never',
    exit: 2,
  }),
  'command/missing-argument': kind({
    say: (p) => `\`millrace ${p.command}\` needs ${p.argument}.`,
    cause: 'The command was given too few words.',
    fix: (p) => `\`millrace ${p.command} --help\` shows an example.`,
    retry: 'never',
    exit: 2,
  }),
  'command/extra-words': kind({
    say: (p) => `\`millrace ${p.command}\` does not know what to do with \`${p.words}\`.`,
    cause: 'More words were given than the command takes; a text with spaces or a pattern may need quotes.',
    fix: (p) =>
      p.selects
        ? `Choose tables with \`--select "${p.words}"\`.`
        : `\`millrace ${p.command} --help\` shows an example; put quotes around what belongs together.`,
    retry: 'never',
    exit: 2,
  }),
  'command/unknown-table': kind({
    say: (p) => `There is no table ${p.name} in ${p.environment}.`,
    cause: 'The name is misspelled, or the table has not been built there yet.',
    fix: '`millrace tables` lists the tables; `millrace run` builds those that are missing.',
    retry: 'never',
    exit: 2,
  }),
  'command/bad-value': kind({
    say: (p) => `--${p.option} got \`${p.value}\`, but takes ${p.expected}.`,
    cause: 'The value has another form than the option expects.',
    fix: (p) => `Give --${p.option} ${p.expected}.`,
    retry: 'never',
    exit: 2,
  }),
  'command/unknown-column': kind({
    say: (p) => `${p.table} has no column ${p.column}.`,
    cause: 'The column is misspelled, or the definition does not make it any more.',
    fix: (p) => `\`millrace table ${p.table}\` lists its columns.`,
    retry: 'never',
    exit: 2,
  }),
  'command/same-names': kind({
    say: (p) => `The query has more than one column named ${p.names.join(', ')}, and ${p.format} holds one of a name.`,
    cause: 'A row of this format has its values by the names of their columns.',
    fix: 'Give each column a name of its own with AS; `--format csv` and `--format table` take them as they are.',
    retry: 'never',
    exit: 2,
  }),
  'command/not-empty': kind({
    say: (p) => `${p.dir} already holds a project.`,
    cause: 'Making a project would overwrite its files.',
    fix: 'Choose another folder: `millrace init DIR`.',
    retry: 'never',
    exit: 2,
  }),
  'command/unknown-environment': kind({
    say: (p) => `There is no environment ${p.name}.`,
    cause: 'It is misspelled, or was dropped.',
    fix: (p) =>
      `Choose one that exists with --env: ${p.known.join(', ')}. \`millrace env create ${p.name} --base NAME\` makes another.`,
    retry: 'never',
    exit: 2,
  }),
  'command/nothing-yet': kind({
    say: () => 'Nothing was planned or run in this project yet, so there are no environments and no tables.',
    cause: 'Environments are made by the first plan or run, from what millrace.config.ts says of them.',
    fix: '`millrace run` makes them and fills their tables; `millrace plan` shows what it would do.',
    retry: 'never',
    exit: 2,
  }),
  'command/file-system': kind({
    say: (p) => `A file or folder could not be used: ${p.message}`,
    cause: 'The disk is full or broken, this user may not write there, or a file is where a folder belongs.',
    fix: 'Free some space, make the folder writable or move away what is in its place, then run again: what was published is untouched.',
    retry: 'later',
    exit: 1,
  }),
  'command/failed': kind({
    say: (p) => p.message,
    cause: 'An error that Millrace does not know.',
    fix: 'Run again with MILLRACE_DEBUG=1 to see where it came from; if it looks like a fault of Millrace, please report it.',
    retry: 'never',
    exit: 1,
  }),
}
