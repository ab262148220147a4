import type { TableName } from '../words.ts'
import { type ErrorKind, kind } from './error-kind.ts'

export const planErrors: {
  readonly 'plan/nothing-selected': ErrorKind<{ expression: string }>
  readonly 'plan/not-by-interval': ErrorKind<{ table: string }>
  readonly 'plan/not-computed': ErrorKind<{ table: string; what: string }>
  readonly 'plan/would-lose-intervals': ErrorKind<{ table: TableName; intervals: string }>
  readonly 'plan/would-lose-history': ErrorKind<{ table: TableName; option: string | null; goesOn: boolean }>
  readonly 'plan/would-lose-columns': ErrorKind<{ table: TableName; columns: string }>
  readonly 'plan/would-drop': ErrorKind<{ table: TableName }>
  readonly 'plan/unknown-allowed': ErrorKind<{ name: string }>
  readonly 'plan/before-start': ErrorKind<{ table: TableName; intervals: string }>
  readonly 'plan/time-unknown': ErrorKind<{ table: TableName; column: string; file: string; from: string; to: string }>
} = {
  'plan/nothing-selected': kind({
    say: (p) => `\`${p.expression}\` selects no table.`,
    cause: 'No table or tag of the project has this name.',
    fix: 'Correct the name; `millrace tables` lists them all.',
    retry: 'never',
    exit: 2,
  }),
  'plan/not-by-interval': kind({
    say: (p) => `${p.table} is not filled by interval, so none of it can be missing.`,
    cause: 'Only a model whose text bounds its rows by $from and $to is filled interval by interval.',
    fix: (p) => `Compute it anew with \`millrace restate ${p.table}\`, or bring it up to date with \`millrace run\`.`,
    retry: 'never',
    exit: 2,
  }),
  'plan/not-computed': kind({
    say: (p) => `${p.table} is ${p.what}: there is nothing that could be computed anew.`,
    cause: 'A source keeps what has landed, and a view holds no rows.',
    fix: (p) =>
      `Restate the models that read it. A source lands everything again with \`millrace run --full-refresh --select ${p.table}\`.`,
    retry: 'never',
    exit: 2,
  }),
  'plan/would-lose-intervals': kind({
    say: (p) => `${p.table} would be built anew for a part of its time only: ${p.intervals} would go.`,
    cause: 'Its definition changed, or all of it is to be made again; then only what is computed now is in it.',
    fix: (p) =>
      `Leave out \`--from\` and \`--to\`, or give all of its time. To begin with this part and have the next run fill the rest: \`--allow ${p.table}\`.`,
    retry: 'never',
    exit: 1,
  }),
  'plan/time-unknown': kind({
    say: (p) =>
      `Where rows of ${p.table} lie in time cannot be told: in ${p.file}, ${p.column} begins: ${p.from}, ends: ${p.to}.`,
    cause:
      'Intervals are found by the first and the last moment of each file. An infinite moment has none, and some programs write none.',
    fix: (p) =>
      `Correct the rows whose ${p.column} is infinite or absurd where they come from, or turn it into NULL on the way; rows of another program have to be written with bounds.`,
    retry: 'never',
    exit: 1,
  }),
  'plan/before-start': kind({
    say: (p) => `${p.table} has rows from before its \`start\`: ${p.intervals}.`,
    cause:
      'A `start` that moves later holds for what is computed from then on: what is there stays, and is not computed again.',
    fix: (p) =>
      `Leave them, or take them away by building the table anew: \`millrace run --select ${p.table} --full-refresh\`.`,
    retry: 'never',
    exit: 1,
  }),
  'plan/unknown-allowed': kind({
    say: (p) => `\`--allow ${p.name}\` allows nothing: there is no table ${p.name}.`,
    cause: 'The name is misspelled, or the table is gone already.',
    fix: 'Correct the name, or leave it out; `millrace tables` lists the tables that are there.',
    retry: 'never',
    exit: 1,
  }),
  'plan/would-lose-history': kind({
    say: (p) => `${p.table} may hold history that its inputs no longer tell; building it again would lose it.`,
    cause:
      'Its definition changed, another program wrote it, or it was asked for anew, and the past cannot be computed again: an input is (or was) overwritten on each load, the select takes rows by what other rows there are (the newest, those without a match), or versions began when runs did, for want of `changedAt`.',
    fix: (p) => {
      if (p.option === 'restate') return `To accept the loss: \`millrace restate ${p.table} --allow ${p.table}\`.`
      if (p.option === 'full-refresh')
        return `Leave it out of what \`--select\` names, or accept the loss with \`--allow ${p.table}\` beside \`--full-refresh\`.`
      const keep = p.goesOn
        ? 'Set `forwardOnly: true` to apply the change from now on'
        : 'Keep its `write` as it was and give the new select a name of its own'
      return `${keep}, or accept the loss with \`millrace run --allow ${p.table}\`.`
    },
    retry: 'never',
    exit: 1,
  }),
  'plan/would-lose-columns': kind({
    say: (p) => `${p.table} would lose ${p.columns} in the rows that it has.`,
    cause:
      'Its definition has no such column any more, and rows that stay where they are do not get it back by bringing it back: files are landed once, and what a table has gathered its inputs may not tell again.',
    fix: (p) =>
      `If a column was renamed, say so at the new one with \`was\`; if not, bring it back, or accept the loss with \`millrace run --allow ${p.table}\`.`,
    retry: 'never',
    exit: 1,
  }),
  'plan/would-drop': kind({
    say: (p) => `${p.table} is kept, although nothing in the project defines it any more.`,
    cause: 'Its definition was removed or renamed.',
    fix: (p) => `Drop it with \`millrace run --allow ${p.table}\`, or bring its definition back.`,
    retry: 'never',
    exit: 1,
  }),
}
