import type { TableName } from '../words.ts'
import { counted } from './counted.ts'
import { type ErrorKind, kind } from './error-kind.ts'

export const environmentErrors: {
  readonly 'env/bad-name': ErrorKind<{ name: string }>
  readonly 'env/no-base': ErrorKind<{ name: string }>
  readonly 'env/base-changed': ErrorKind<{ name: string; stands: string | null; said: string | null }>
  readonly 'env/nothing-to-promote': ErrorKind<{ name: string }>
  readonly 'env/made-elsewhere': ErrorKind<{ table: TableName }>
  readonly 'env/not-current': ErrorKind<{ name: string; table: TableName }>
  readonly 'env/input-differs': ErrorKind<{ name: string; table: TableName; input: TableName; behind: boolean }>
  readonly 'env/covers-less': ErrorKind<{ table: TableName; intervals: string }>
  readonly 'env/would-lose-history': ErrorKind<{ name: string; table: TableName }>
  readonly 'env/other-origin': ErrorKind<{ table: TableName }>
  readonly 'env/would-lose': ErrorKind<{ name: string; tables: number }>
  readonly 'env/protected': ErrorKind<{ name: string }>
  readonly 'env/unsupported': ErrorKind<{ environment: string; setting: string; value: string }>
} = {
  'env/bad-name': kind({
    say: (p) => `${JSON.stringify(p.name)} cannot name an environment.`,
    cause: 'The name becomes a folder of the lake, so it holds letters, digits, `_` and `-` alone, 63 at most.',
    fix: 'Choose a name such as `fix` or `anna-2026`.',
    retry: 'never',
    exit: 2,
  }),
  'env/no-base': kind({
    say: (p) => `${p.name} stands on no other environment.`,
    cause: 'Only an environment with a base can be compared with it or promoted into it.',
    fix: 'Make one with `millrace env create NAME --base OTHER`.',
    retry: 'never',
    exit: 2,
  }),
  'env/base-changed': kind({
    say: (p) => `${p.name} stands on ${p.stands ?? 'no other environment'}, but the project says ${p.said ?? 'none'}.`,
    cause: 'An environment keeps the base that it was made on: its tables are what differs from that base.',
    fix: ({ name, stands }) =>
      stands === null
        ? `Take \`base\` out of ${name} in millrace.config.ts, or give the environment with that base another name. To begin anew without the tables of ${name}: \`millrace env drop ${name} --allow ${name}\`; it is made again when it is next used.`
        : `Put \`base: '${stands}'\` back in millrace.config.ts, or keep what is to stay (\`millrace env promote ${name}\` takes it to ${stands}) and begin anew: \`millrace env drop ${name}\`; it is made again when it is next used.`,
    retry: 'never',
    exit: 2,
  }),
  'env/nothing-to-promote': kind({
    say: (p) => `${p.name} has no table of its own to promote.`,
    cause: 'Nothing was written there since it was made or last promoted.',
    fix: (p) => `Run in it first: \`millrace run --env ${p.name}\`.`,
    retry: 'never',
    exit: 2,
  }),
  'env/made-elsewhere': kind({
    say: (p) => `${p.table} was last written by another program, so it is not known what made its rows.`,
    cause: 'A foreign commit carries no fingerprint of a definition.',
    fix: (p) => `Build it again there with \`millrace run --select ${p.table} --full-refresh\`, then promote.`,
    retry: 'never',
    exit: 1,
  }),
  'env/not-current': kind({
    say: (p) => `${p.table} was computed by another definition than the project has now.`,
    cause: 'The definition was edited after the last run in this environment.',
    fix: (p) => `Run in the environment once more: \`millrace run --env ${p.name}\`; then promote.`,
    retry: 'never',
    exit: 1,
  }),
  'env/input-differs': kind({
    say: (p) => `${p.table} was computed from rows of ${p.input} that the target does not have.`,
    cause: 'The input has other rows there by now, or it has rows of its own here and is not part of this promotion.',
    fix: (p) =>
      p.behind
        ? `Run in the environment again, so that it reads what is there now: \`millrace run --env ${p.name}\`; then promote.`
        : `Promote ${p.input} too: \`millrace env promote ${p.name}\` takes all that ${p.name} has.`,
    retry: 'never',
    exit: 1,
  }),
  'env/covers-less': kind({
    say: (p) => `${p.table} does not cover what the target has: ${p.intervals}.`,
    cause: 'It was computed for fewer intervals here, and promoting it would take the others away.',
    fix: (p) =>
      `Fill them here first: \`millrace run\` where the inputs have not got so far here, \`millrace backfill ${p.table}\` where they have; then promote.`,
    retry: 'never',
    exit: 1,
  }),
  'env/would-lose-history': kind({
    say: (p) => `${p.table} was built anew in ${p.name}: history that the target holds would go.`,
    cause: 'Its inputs no longer tell all of the past, so it holds less than a table that has gone on from run to run.',
    fix: (p) =>
      `Accept the loss with \`millrace env promote ${p.name} --allow ${p.table}\`. To keep the history, leave ${p.table} out with \`--table\` for the others, set \`forwardOnly: true\` and run in the target.`,
    retry: 'never',
    exit: 1,
  }),
  'env/other-origin': kind({
    say: (p) => `${p.table} holds rows of another source than the target's.`,
    cause: 'Its source was set otherwise when it landed here (another path, address or variable of the environment).',
    fix: (p) => `Leave ${p.table} out with \`--table\` for the others, and let the target land its own rows.`,
    retry: 'never',
    exit: 1,
  }),
  'env/would-lose': kind({
    say: (p) => `Dropping ${p.name} loses ${counted(p.tables, 'table')} that the environment below it does not have.`,
    cause: 'Their rows, their history and how far sources have got are nowhere else; promoted, they would stay.',
    fix: (p) => `If that is meant, say it by name: \`millrace env drop ${p.name} --allow ${p.name}\`.`,
    retry: 'never',
    exit: 1,
  }),
  'env/protected': kind({
    say: (p) => `${p.name} is protected and stays.`,
    cause: 'The project marks this environment `protected`, so that nobody drops it by mistake.',
    fix: 'Take `protected` away in millrace.config.ts if you really mean it, then drop it.',
    retry: 'never',
    exit: 2,
  }),
  'env/unsupported': kind({
    say: (p) => `${p.environment} asks for \`${p.setting}: ${p.value}\`, which this version cannot do yet.`,
    cause: 'This version keeps tables on the local disk, its own records in SQLite, and computes in DuckDB.',
    fix: (p) => `Leave \`${p.setting}\` out of the environment in millrace.config.ts.`,
    retry: 'never',
    exit: 2,
  }),
}
