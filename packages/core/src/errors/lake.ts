import type { TableName } from '../words.ts'
import { type ErrorKind, kind } from './error-kind.ts'

export const lakeErrors: {
  readonly 'lake/moved': ErrorKind<{ table: TableName }>
  readonly 'lake/corrupt': ErrorKind<{ path: string; problem: string; table?: TableName; environment?: string }>
  readonly 'lake/catalog-lost': ErrorKind<{ catalog: string; folders: readonly string[] }>
  readonly 'lake/unsupported': ErrorKind<{ path: string; what: string }>
  readonly 'lake/bad-location': ErrorKind<{ location: string; character: string }>
  readonly 'lake/exists': ErrorKind<{ path: string }>
  readonly 'lake/no-links': ErrorKind<{ folder: string; message: string }>
  readonly 'lake/no-version': ErrorKind<{ location: string; wanted: string; oldest: string }>
  readonly 'lake/forgotten': ErrorKind<{ table: TableName; wanted: string }>
  readonly 'lake/no-environment': ErrorKind<{ name: string }>
  readonly 'lake/environment-exists': ErrorKind<{ name: string }>
  readonly 'lake/environment-in-use': ErrorKind<{ name: string; by: string }>
  readonly 'lake/no-publication': ErrorKind<{ wanted: string }>
  readonly 'lake/not-owner': ErrorKind<{ table: TableName; environment: string; owner: string }>
  readonly 'lake/foreign-table': ErrorKind<{ table: TableName; environment: string }>
  readonly 'lake/fork-diverged': ErrorKind<{ table: TableName; what: string; name?: string; base?: string }>
  readonly 'lake/type-unsupported': ErrorKind<{ column: string; type: string }>
  readonly 'lake/type-changed': ErrorKind<{ column: string; from: string; to: string }>
  readonly 'lake/required-added': ErrorKind<{ column: string }>
  readonly 'lake/rename-unclear': ErrorKind<{ column: string; was: string }>
  readonly 'lake/bad-partition': ErrorKind<{ table: TableName; text: string; problem: string }>
  readonly 'database/unusable': ErrorKind<{ path: string; message: string }>
  readonly 'database/busy': ErrorKind<{ path: string; seconds: number }>
  readonly 'database/log-waits': ErrorKind<{ path: string }>
  readonly 'database/newer': ErrorKind<{ path: string; step: string }>
} = {
  'lake/moved': kind({
    say: (p) => `${p.table} was changed by someone else while this run worked.`,
    cause: 'Another run or program published a version of the table in between.',
    // The pins of a run stay what they are: trying again would find the same.
    fix: 'Start again: the next plan is made on the new version.',
    retry: 'never',
    exit: 1,
  }),
  'lake/corrupt': kind({
    say: (p) => `${p.path}${p.table === undefined ? '' : `, a file of ${p.table},`} cannot be read: ${p.problem}`,
    cause: 'The file was cut, overwritten or written by an incompatible program.',
    fix: ({ table = 'NAME', environment }) => {
      const env = environment === undefined ? '' : ` --env ${environment}`
      return `Roll the table back: \`millrace table${env} ${table}\` lists the publications that can still be shown, \`millrace rollback${env} ID --table ${table}\` takes one. Or build it from nothing: \`millrace run${env} --full-refresh --select ${table.replace(/__rejects$/, '')}\`.`
    },
    retry: 'never',
    exit: 1,
  }),
  'lake/catalog-lost': kind({
    say: (p) =>
      `${p.catalog} is gone, although tables were published here: nothing tells any more which files are theirs.`,
    cause:
      'The catalog was deleted or not copied. A run would begin from nothing, and what sources have no more would be missing in silence.',
    fix: (p) =>
      `Put \`catalog.db\` back from a backup. Without one the tables cannot be registered again, though their files stay readable as Parquet and Iceberg. To begin anew from what the sources still have, keep them aside:\n${p.folders.map((one) => `  mv '${one}' '${one}-lost'`).join('\n')}`,
    retry: 'never',
    exit: 1,
  }),
  'lake/unsupported': kind({
    say: (p) => `${p.path} uses ${p.what}, which this Millrace does not read.`,
    cause: 'Another program wrote the table with a feature of the format that is not supported yet.',
    fix: 'Rewrite the table with that program without the feature (for delete files: compact it), or rebuild it with `millrace run --full-refresh`.',
    retry: 'never',
    exit: 1,
  }),
  'lake/bad-location': kind({
    say: (p) => `The folder ${p.location} contains "${p.character}", which other readers of the tables cannot follow.`,
    cause: 'Tables are addressed by URL, where this character begins a query or a fragment.',
    fix: 'Rename the folder, or set `lake` of the environment to another one.',
    retry: 'never',
    exit: 2,
  }),
  'lake/exists': kind({
    say: (p) => `${p.path} exists already and is never overwritten.`,
    cause: 'Two writers chose the same name for a file.',
    fix: 'Run the task again: it writes under a new name.',
    retry: 'now',
    exit: 1,
  }),
  'lake/no-links': kind({
    say: (p) => `The disk under ${p.folder} cannot give a file its name without replacing another: ${p.message}`,
    cause: 'Tables are committed by hard links, which FAT, exFAT and some network disks do not have.',
    fix: 'Move the project to a disk that has them (ext4, XFS, APFS, NTFS), or set `lake` of the environment to a folder on one.',
    retry: 'never',
    exit: 2,
  }),
  'lake/no-version': kind({
    say: (p) => `The table at ${p.location} has no version ${p.wanted}; the oldest one kept is ${p.oldest}.`,
    cause: 'The version was expired, or the moment lies before the table began.',
    fix: 'Choose a version that `millrace table NAME` lists.',
    retry: 'never',
    exit: 2,
  }),
  'lake/forgotten': kind({
    say: (p) => `${p.table} as of ${p.wanted} was forgotten.`,
    cause: 'A clean-up removed the files that only this old version needed; the table itself is whole.',
    fix: (p) =>
      `Choose a later one that \`millrace table ${p.table}\` lists. \`keep\` in a definition makes versions stay.`,
    retry: 'never',
    exit: 2,
  }),
  'lake/no-environment': kind({
    say: (p) => `There is no environment ${p.name} in this catalog.`,
    cause: 'It was never created here, or it was dropped.',
    fix: (p) => `Create it with \`millrace env create ${p.name}\`, or name one that \`millrace env list\` shows.`,
    retry: 'never',
    exit: 2,
  }),
  'lake/environment-exists': kind({
    say: (p) => `The environment ${p.name} exists already, with another base.`,
    cause: 'Environments are created once; their base is fixed then.',
    fix: (p) => `Use it as it is, or drop it first with \`millrace env drop ${p.name}\`.`,
    retry: 'never',
    exit: 2,
  }),
  'lake/environment-in-use': kind({
    say: (p) => `The environment ${p.name} cannot be dropped: ${p.by} shows its tables.`,
    cause: 'Another environment has it as its base.',
    fix: (p) => `Drop ${p.by} first: \`millrace env drop ${p.by}\`.`,
    retry: 'never',
    exit: 2,
  }),
  'lake/no-publication': kind({
    say: (p) =>
      /^\d{4}-/.test(p.wanted)
        ? `Nothing had been published at ${p.wanted}.`
        : `The catalog knows no publication ${p.wanted}.`,
    cause: 'The id is misspelled, or the moment lies before the first publication.',
    fix: 'Choose one that `millrace table NAME` lists for a table.',
    retry: 'never',
    exit: 2,
  }),
  'lake/not-owner': kind({
    say: (p) => `${p.environment} may not publish this version of ${p.table}: the table belongs to ${p.owner}.`,
    cause: 'A table of the base was written without being forked first; two histories over one table would collide.',
    fix: 'Run the task again; if this repeats, report it as a fault of Millrace.',
    retry: 'never',
    exit: 1,
  }),
  'lake/foreign-table': kind({
    say: (p) => `${p.table} is there already in ${p.environment}: another program has made it.`,
    cause: "Another program wrote the table into Millrace's catalog; publishing over it would lose its rows.",
    fix: "Give the project's table another name, or drop the other one with the program that made it.",
    retry: 'never',
    exit: 1,
  }),
  'lake/fork-diverged': kind({
    say: (p) => `${p.table} cannot be promoted as it is: ${p.what}.`,
    cause: 'The target changed after the environment made its copy.',
    fix: ({ name = 'NAME', base = 'BASE' }) =>
      `Begin anew where ${base} stands now: \`millrace env drop ${name}\`, \`millrace env create ${name} --base ${base}\`, \`millrace run --env ${name}\`; then promote. Or run the same definitions in ${base} itself: \`millrace run --env ${base}\`.`,
    retry: 'never',
    exit: 1,
  }),
  'lake/type-unsupported': kind({
    say: (p) => `${p.column} has the type ${p.type}, which Iceberg v2 tables cannot hold.`,
    cause: 'The table format has no such type in this version.',
    fix: 'Cast the column: nanosecond timestamps to `timestamp`, variants to `json`.',
    retry: 'never',
    exit: 2,
  }),
  'lake/type-changed': kind({
    say: (p) => `${p.column} is ${p.from} in the table and ${p.to} in its definition; existing rows cannot change so.`,
    cause: 'Only widening is safe for readers: int32 to int64, float32 to float64, more digits of a decimal.',
    fix: (p) =>
      `Cast it to ${p.from} in the definition, or build the table anew: \`millrace run --full-refresh --select\` with its name (a source is left out unless it is named).`,
    retry: 'never',
    exit: 2,
  }),
  'lake/required-added': kind({
    say: (p) => `${p.column} is now required, but the table may hold rows without it.`,
    cause: 'A promise about every row cannot be added to rows that were written without it.',
    fix: 'Drop `required` and use the check `not_null`, or rebuild the table with `millrace run --full-refresh`.',
    retry: 'never',
    exit: 2,
  }),
  'lake/rename-unclear': kind({
    say: (p) => `${p.column} says it was ${p.was}, but the table has both columns.`,
    cause: 'A rename needs its old name to be gone.',
    fix: 'Remove `was:`, or remove the old column from the definition.',
    retry: 'never',
    exit: 2,
  }),
  'lake/bad-partition': kind({
    say: (p) => `"${p.text}" cannot partition or sort ${p.table}: ${p.problem}.`,
    cause: 'The column or the function is unknown, or they do not fit each other.',
    fix: 'Write a column, or year, month, day, hour(column), bucket(n, column), truncate(n, column); for sorting a column with `asc` or `desc`.',
    retry: 'never',
    exit: 2,
  }),
  'database/unusable': kind({
    say: (p) => `${p.path} cannot be opened: ${p.message}.`,
    cause: 'Its folder may not be written, the disk is full, or the file is damaged.',
    fix: (p) =>
      `See that the folder can be written and has space, then run again. ${
        p.path.endsWith('catalog.db')
          ? 'A damaged `catalog.db` is put back from a backup: it alone tells which files are the tables.'
          : 'A damaged `state.db` may be removed: it is made anew.'
      }`,
    retry: 'later',
    exit: 1,
  }),
  'database/busy': kind({
    say: (p) => `${p.path} was locked by another process for ${p.seconds} s.`,
    cause: 'Another Millrace is in the middle of a long change, or a program keeps a transaction open on the file.',
    fix: 'Wait and try again; `fuser` or `lsof` on the file shows which process holds it.',
    retry: 'later',
    exit: 1,
  }),
  'database/log-waits': kind({
    say: (p) => `${p.path} cannot be written from here, and its log was not taken in.`,
    cause: 'A run is beginning or ending, or was killed: without the log the database would show what was before.',
    fix: 'Try again. Where nothing runs, let somebody who may write the folder run `millrace doctor`, which takes the log in.',
    retry: 'later',
    exit: 1,
  }),
  'database/newer': kind({
    say: (p) => `${p.path} was written by a newer Millrace (it has the step "${p.step}").`,
    cause: 'The file was opened by a later version, which changed its layout.',
    fix: 'Update Millrace to that version: `npm install millrace@latest`.',
    retry: 'never',
    exit: 2,
  }),
}
