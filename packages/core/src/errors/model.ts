import type { TableName } from '../words.ts'
import { type ErrorKind, kind } from './error-kind.ts'

/** Mistakes in what a definition says of its tables. */
export const modelErrors: {
  readonly 'model/columns-needed': ErrorKind<{ table: TableName }>
  readonly 'model/unknown-column': ErrorKind<{ table: TableName; setting: string; column: string }>
  readonly 'model/unknown-table': ErrorKind<{ table: TableName; by: string }>
  readonly 'model/bad-instant': ErrorKind<{ value: string }>
  readonly 'model/unknown-parameter': ErrorKind<{ table: TableName; name: string }>
  readonly 'model/interval-needs-bounds': ErrorKind<{ table: TableName }>
  readonly 'model/bounds-need-interval': ErrorKind<{ table: TableName; write: string }>
} = {
  'model/columns-needed': kind({
    say: (p) => `${p.table} declares no columns.`,
    cause: 'A source or a TypeScript model cannot be asked for its columns, so they must be written down.',
    fix: 'Declare `columns` with a type for each, or let `millrace init --from FILE` write them from a sample.',
    retry: 'never',
    exit: 2,
  }),
  'model/unknown-column': kind({
    say: (p) => `${p.table} has no column ${p.column}, which \`${p.setting}\` names.`,
    cause: 'The setting names a column that the table does not produce.',
    fix: 'Name one of the columns that the table produces, or add the column to the select.',
    retry: 'never',
    exit: 2,
  }),
  'model/unknown-table': kind({
    say: (p) => `${p.by} reads ${p.table}, which nothing in the project produces.`,
    cause: 'The table is misspelled, or its definition was removed.',
    fix: 'Correct the name, or add a definition for the table under tables/.',
    retry: 'never',
    exit: 2,
  }),
  'model/bad-instant': kind({
    say: (p) => `\`${p.value}\` is not a point in time.`,
    cause: 'Times are written as 2026-01-31 or 2026-01-31T10:00Z.',
    fix: 'Write the time in one of these forms.',
    retry: 'never',
    exit: 2,
  }),
  'model/unknown-parameter': kind({
    say: (p) => `${p.table} uses the parameter $${p.name}, which nothing gives.`,
    cause: 'A model gets two parameters, $from and $to: the interval that is being computed.',
    fix: 'Use $from and $to, or write the value into the text.',
    retry: 'never',
    exit: 2,
  }),
  'model/interval-needs-bounds': kind({
    say: (p) => `${p.table} is computed interval by interval, but its text does not use both $from and $to.`,
    cause: 'Without both bounds each interval would compute all rows.',
    fix: 'Add `where <time column> >= $from and <time column> < $to`, or change `write`.',
    retry: 'never',
    exit: 2,
  }),
  'model/bounds-need-interval': kind({
    say: (p) => `${p.table} uses $from and $to, but \`write: ${p.write}\` does not work by interval.`,
    cause: 'Computing an interval again must replace what the first time wrote, which this write cannot.',
    fix: 'Use `write: { interval: <time column> }` or `write: { merge: <key> }`, or drop the parameters.',
    retry: 'never',
    exit: 2,
  }),
}
