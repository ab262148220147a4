import { type ErrorKind, kind } from './error-kind.ts'

export const projectErrors: {
  readonly 'project/not-found': ErrorKind<{ folder: string }>
  readonly 'project/no-config': ErrorKind<{ file: string }>
  readonly 'project/no-definition': ErrorKind<{ file: string }>
  readonly 'project/code-failed': ErrorKind<{ file: string; message: string }>
  readonly 'project/code-hangs': ErrorKind<{ file: string; seconds: number }>
  readonly 'project/code-exited': ErrorKind<{ file: string; how: string }>
  readonly 'project/not-data': ErrorKind<{ key: string; received: string }>
  readonly 'project/yaml': ErrorKind<{ message: string }>
  readonly 'project/unknown-key': ErrorKind<{ key: string; where: string; allowed: string }>
  readonly 'project/missing-key': ErrorKind<{ key: string; where: string; expected: string }>
  readonly 'project/wrong-value': ErrorKind<{ key: string; expected: string; received: string }>
  readonly 'project/twice': ErrorKind<{ key: string }>
  readonly 'project/unknown-type': ErrorKind<{ key: string; text: string }>
  readonly 'project/table-path': ErrorKind<{ file: string }>
  readonly 'project/moved': ErrorKind<{ before: string; now: string; copied: boolean }>
  readonly 'project/others-lake': ErrorKind<{ lake: string; owner: string; file: string }>
  readonly 'project/table-name': ErrorKind<{ name: string; problem: string }>
  readonly 'project/table-twice': ErrorKind<{ table: string; first: string; second: string }>
  readonly 'project/name-twice': ErrorKind<{ name: string; first: string; second: string }>
  readonly 'project/name-needed': ErrorKind<{ export: string }>
  readonly 'project/seed-columns': ErrorKind<{ file: string; header: string }>
  readonly 'project/seed-header': ErrorKind<{ file: string; header: string; problem: string }>
  readonly 'project/base-unknown': ErrorKind<{ environment: string; base: string }>
  readonly 'project/base-cycle': ErrorKind<{ path: string }>
} = {
  'project/not-found': kind({
    say: (p) => `${p.folder} is in no project: there is no millrace.config.ts in it or above it.`,
    cause: 'The command was run outside of a project, or the project was not begun yet.',
    fix: 'Change into the project, or begin one with `millrace init`.',
    retry: 'never',
    exit: 2,
  }),
  'project/no-config': kind({
    say: (p) => `${p.file} does not export a project.`,
    cause: 'The default export has to be what `defineProject` returns.',
    fix: "Write `export default defineProject({ name: '...', environments: { dev: {} } })`.",
    retry: 'never',
    exit: 2,
  }),
  'project/no-definition': kind({
    say: (p) => `${p.file} defines nothing.`,
    cause: 'A TypeScript file under tables/ has to export what `defineModel`, `defineSource` or `defineCheck` returns.',
    fix: 'Export a definition, or move the file out of tables/ if others only import it.',
    retry: 'never',
    exit: 2,
  }),
  'project/code-failed': kind({
    say: (p) => `${p.file} cannot be loaded: ${p.message}`,
    cause: 'Loading the file runs its top level, and that failed.',
    fix: 'Correct the file at the marked place.',
    retry: 'never',
    exit: 2,
  }),
  'project/code-hangs': kind({
    say: (p) => `Loading ${p.file} did not end within ${p.seconds} s.`,
    cause: 'The top level of the file waits for something or loops.',
    fix: 'Move the work into `run` or `read`; the top level should only define.',
    retry: 'never',
    exit: 2,
  }),
  'project/code-exited': kind({
    say: (p) => `Loading ${p.file} ended the process (${p.how}).`,
    cause: 'The file, or something it imports, calls process.exit or ran out of memory.',
    fix: 'Remove the call; definitions are loaded, not run.',
    retry: 'never',
    exit: 2,
  }),
  'project/not-data': kind({
    say: (p) => `${p.key} holds ${p.received}, which cannot be stored.`,
    cause: 'A definition is plain data; only `run` and `read` are functions.',
    fix: "Write text, numbers, booleans, lists and objects; in the `config` of a source `env('NAME')` for secrets.",
    retry: 'never',
    exit: 2,
  }),
  'project/yaml': kind({
    say: (p) => `The header is not YAML: ${p.message}`,
    cause: 'The comment that begins with `millrace` is read as YAML.',
    fix: 'Correct the header at the marked place; indent with spaces and quote texts that hold `: ` or begin with a sign.',
    retry: 'never',
    exit: 2,
  }),
  'project/unknown-key': kind({
    say: (p) => `${p.key} is no setting of ${p.where}.`,
    cause: 'The setting is misspelled or belongs elsewhere.',
    fix: (p) => `Remove it, or use one of: ${p.allowed}.`,
    retry: 'never',
    exit: 2,
  }),
  'project/missing-key': kind({
    say: (p) => `${p.where} lacks ${p.key}.`,
    cause: 'The setting is needed there.',
    fix: (p) => `Add \`${p.key}: …\`, ${p.expected}.`,
    retry: 'never',
    exit: 2,
  }),
  'project/wrong-value': kind({
    say: (p) => `${p.key} is ${p.received} where ${p.expected} belongs.`,
    cause: 'The value has another form than the setting needs.',
    fix: (p) => `Write ${p.expected}.`,
    retry: 'never',
    exit: 2,
  }),
  'project/twice': kind({
    say: (p) => `${p.key} stands twice.`,
    cause: 'Two settings of one name: only one of them could count.',
    fix: 'Remove one of them.',
    retry: 'never',
    exit: 2,
  }),
  'project/unknown-type': kind({
    say: (p) => `${p.key} has the type ${p.text}, which does not exist.`,
    cause: 'The type is misspelled or is one of a database.',
    fix: 'Use int64, string, decimal(12,2), boolean, float64, date, timestamp, timestamptz, uuid, json, list<type>, map<type, type> or struct<name: type>.',
    retry: 'never',
    exit: 2,
  }),
  'project/table-path': kind({
    say: (p) => `${p.file} does not say a table.`,
    cause: 'A table is named after its path: one folder for the layer, one file for the table.',
    fix: (p) =>
      `Move it to a place such as ${p.file.startsWith('seeds/') ? 'seeds/bronze/countries.csv' : 'tables/silver/orders.sql'}.`,
    retry: 'never',
    exit: 2,
  }),
  'project/moved': kind({
    say: (p) => `This project's tables were made in ${p.before}, and it stands in ${p.now} now.`,
    cause: 'Tables name their files by full paths: here they would be written there, or not be found.',
    fix: (p) =>
      p.copied
        ? 'A copy makes tables of its own: remove its folder `.millrace` and run it.'
        : `Move it back, or link the old place to the new one (\`ln -s "${p.now}" "${p.before}"\`). To begin anew, remove \`.millrace\`.`,
    retry: 'never',
    exit: 2,
  }),
  'project/others-lake': kind({
    say: (p) => `The lake ${p.lake} holds the tables of another project, ${p.owner}.`,
    cause: 'Each project knows its own tables alone: clean-up would take those of the other for left-overs.',
    fix: (p) => `Give this project a lake of its own. Where the other one is gone for good, remove ${p.file}.`,
    retry: 'never',
    exit: 2,
  }),
  'project/table-name': kind({
    say: (p) => `${p.name} cannot name a table: ${p.problem}.`,
    cause: 'Names have to work in every engine, format and file system.',
    fix: 'Use letters, digits and underscores, beginning with a letter, as in `silver.order_items`.',
    retry: 'never',
    exit: 2,
  }),
  'project/table-twice': kind({
    say: (p) => `${p.table} is defined twice: in ${p.first} and in ${p.second}.`,
    cause: 'Each table has exactly one definition. Names are compared without case.',
    fix: 'Rename or remove one of them.',
    retry: 'never',
    exit: 2,
  }),
  'project/name-twice': kind({
    say: (p) => `Two definitions are called ${p.name}: in ${p.first} and in ${p.second}.`,
    cause: 'A definition is known by its name, in plans, runs and state. Names are compared without case.',
    fix: 'Give one of them another `name`.',
    retry: 'never',
    exit: 2,
  }),
  'project/name-needed': kind({
    say: (p) => `The export ${p.export} does not say which table it defines.`,
    cause: 'A file with several definitions cannot name them all after its path.',
    fix: "Add `name: 'layer.table'` to it.",
    retry: 'never',
    exit: 2,
  }),
  'project/seed-columns': kind({
    say: (p) => `${p.file} has no columns.`,
    cause: 'A seed needs a file beside it that says its columns.',
    fix: (p) => `Write ${p.header} with a line such as \`columns: { id: int64, name: string }\`.`,
    retry: 'never',
    exit: 2,
  }),
  'project/seed-header': kind({
    say: (p) => `${p.file} does not fit its columns: ${p.problem}.`,
    cause:
      'The first line of a seed names its columns, and the file beside it says their types: both have to name the same.',
    fix: (p) => `Correct the first line of the seed, or the columns in ${p.header}.`,
    retry: 'never',
    exit: 2,
  }),
  'project/base-unknown': kind({
    say: (p) => `The environment ${p.environment} is based on ${p.base}, which does not exist.`,
    cause: 'The base is misspelled or was removed.',
    fix: 'Name one of the other environments as base.',
    retry: 'never',
    exit: 2,
  }),
  'project/base-cycle': kind({
    say: (p) => `Environments are based on each other in a circle: ${p.path}.`,
    cause: 'Looking a table up would never end.',
    fix: 'Remove one of these bases.',
    retry: 'never',
    exit: 2,
  }),
}
