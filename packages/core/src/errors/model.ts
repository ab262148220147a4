import type { TableName } from '../words.ts'
import { type ErrorKind, kind } from './error-kind.ts'

/** Mistakes in what a definition says of its tables. */
export const modelErrors: {
  readonly 'model/columns-needed': ErrorKind<{ table: TableName }>
  readonly 'model/column-name': ErrorKind<{ table: TableName; column: string }>
  readonly 'model/names-swapped': ErrorKind<{ table: TableName; column: string; was: string }>
  readonly 'model/unknown-column': ErrorKind<{ table: TableName; setting: string; column: string }>
  readonly 'model/unknown-table': ErrorKind<{ table: TableName; by: string }>
  readonly 'model/not-an-input': ErrorKind<{ table: string; input: string; setting: string }>
  readonly 'model/check-value': ErrorKind<{ table: TableName; column: string; value: string; type: string }>
  readonly 'model/bad-check': ErrorKind<{ table: TableName; check: string; problem: string }>
  readonly 'model/bad-condition': ErrorKind<{
    table: TableName
    check: string
    text: string
    problem: string
    remedy: string
  }>
  readonly 'model/bad-pattern': ErrorKind<{ table: TableName; check: string; text: string; problem: string }>
  readonly 'model/source-write': ErrorKind<{ table: TableName; write: string }>
  readonly 'model/one-table': ErrorKind<{ table: TableName; source: string; connector: string }>
  readonly 'model/changes-of-view': ErrorKind<{ table: TableName; input: TableName }>
  readonly 'model/append-reads': ErrorKind<{
    table: TableName
    inputs: readonly TableName[]
    whole: readonly TableName[]
  }>
  readonly 'model/append-joins-itself': ErrorKind<{ table: TableName; inputs: readonly TableName[] }>
  readonly 'model/append-all-again': ErrorKind<{
    table: TableName
    inputs: readonly TableName[]
    news: readonly TableName[]
  }>
  readonly 'model/no-quarantine': ErrorKind<{ table: TableName; check: string; problem: string }>
  readonly 'model/bad-instant': ErrorKind<{ value: string }>
  readonly 'model/unknown-parameter': ErrorKind<{ table: TableName; name: string }>
  readonly 'model/test-params': ErrorKind<{ table: TableName; test: string; names: readonly string[] }>
  readonly 'model/test-params-unused': ErrorKind<{ table: TableName; test: string; names: readonly string[] }>
  readonly 'model/test-value': ErrorKind<{ table: TableName; column: string; value: string; problem: string }>
  readonly 'model/interval-needs-bounds': ErrorKind<{ table: TableName }>
  readonly 'model/window-unknown': ErrorKind<{ table: TableName; input: string }>
  readonly 'model/window-type': ErrorKind<{ table: TableName; column: string; type: string }>
  readonly 'model/code-interval': ErrorKind<{ table: TableName }>
  readonly 'model/bounds-need-interval': ErrorKind<{ table: TableName; write: string }>
} = {
  'model/columns-needed': kind({
    say: (p) => `${p.table} declares no columns.`,
    cause: 'A source or a TypeScript model cannot be asked for its columns, so they must be written down.',
    fix: 'Declare `columns` with a type for each, or let `millrace init --from FILE` write them from a sample.',
    retry: 'never',
    exit: 2,
  }),
  'model/column-name': kind({
    say: (p) => `${p.table} has a column ${p.column === '' ? 'without a name' : `with the name ${p.column}`}.`,
    cause:
      'SQL knows no empty name, and programs that keep rows as objects take `__proto__` for something else and lose its values in silence.',
    fix: 'Give the column another name, in the select with `as`.',
    retry: 'never',
    exit: 2,
  }),
  'model/names-swapped': kind({
    say: (p) => `${p.column} and ${p.was} of ${p.table} each say that they were the other.`,
    cause: 'Both names stand in what was written before and in what comes, so nothing tells which column is meant.',
    fix: 'Rename one of them to a third name, run, and then take the other name.',
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
  'model/not-an-input': kind({
    say: (p) => `${p.table} does not read ${p.input}, which \`${p.setting}\` names.`,
    cause: 'The setting speaks of an input that the model does not have, so it would mean nothing.',
    fix: 'Name a table that the model reads, or remove the setting.',
    retry: 'never',
    exit: 2,
  }),
  'model/check-value': kind({
    say: (p) => `A check compares ${p.table}.${p.column}, which is ${p.type}, with \`${p.value}\`.`,
    cause: 'The value cannot be read as one of the column, so the check could only fail.',
    fix: 'Write a value of the column: a number, a date such as 2026-01-31, or a text in quotes.',
    retry: 'never',
    exit: 2,
  }),
  'model/bad-check': kind({
    say: (p) => `The check "${p.check}" of ${p.table} says nothing: ${p.problem}.`,
    cause: 'It could only hold always, fail always, or break the query of all checks of its table.',
    fix: 'Write it like `{ unique: [id] }`, `{ rows: { min: 1 } }`, `{ in: [paid, sent] }` or `{ fresh: 2d, by: ordered_at }`, or take it out.',
    retry: 'never',
    exit: 2,
  }),
  'model/bad-condition': kind({
    say: (p) => `\`${p.text}\` in the check "${p.check}" of ${p.table} cannot be asked of a row: ${p.problem}.`,
    cause: 'A check asks its condition of each row by itself, and the answer is true, false or missing.',
    fix: (p) => p.remedy,
    retry: 'never',
    exit: 2,
  }),
  'model/bad-pattern': kind({
    say: (p) => `\`${p.text}\` in the check "${p.check}" of ${p.table} is no regular expression: ${p.problem}.`,
    cause: 'Regular expressions are those of RE2, which knows no look-around and no references back.',
    fix: 'Correct the expression; a sign that stands for itself is written with a backslash before it, as in `\\[`.',
    retry: 'never',
    exit: 2,
  }),
  'model/source-write': kind({
    say: (p) => `${p.table} is a source's table and cannot be written by \`${p.write}\`.`,
    cause: 'A source lands rows as they come: it adds them, or replaces all of them.',
    fix: 'Use `write: append` or `write: replace` here, and merge, keep a history or fill intervals in a model over it.',
    retry: 'never',
    exit: 2,
  }),
  'model/one-table': kind({
    say: (p) =>
      `The source ${p.source} names ${p.table} as another table, and the connector \`${p.connector}\` fills only one.`,
    cause: 'Nothing in a record says which table it belongs to, so the other tables would never be written.',
    fix: 'Give each table a source of its own, in a definition with another `name`.',
    retry: 'never',
    exit: 2,
  }),
  'model/changes-of-view': kind({
    say: (p) => `${p.table} reads what is new in ${p.input}, but ${p.input} is a view.`,
    cause: 'A view keeps no versions, so what is new in it is not known.',
    fix: (p) =>
      `Write ${p.input} as a table, or let ${p.table} read all of it: with \`write: replace\`, or with \`reads: { ${p.input}: all }\` where it is only looked up.`,
    retry: 'never',
    exit: 2,
  }),
  'model/append-reads': kind({
    say: (p) =>
      `${p.table} appends what is new, and joins what is new in one input with what is new in another: ${p.inputs.join(', ')}.`,
    cause:
      'By itself an append reads of each input only the rows that came since its last run, so a new row would meet new rows alone.',
    fix: (p) =>
      `Say which are looked up whole: with \`reads: { ${p.whole.map((one) => `${one}: all`).join(', ')} }\` what is new in the others brings rows, and what is new there alone brings none; or use \`write: replace\` or \`merge\`.`,
    retry: 'never',
    exit: 2,
  }),
  'model/append-joins-itself': kind({
    say: (p) => `${p.table} appends what is new, and joins ${p.inputs.join(', ')} with itself.`,
    cause:
      'An append reads only the rows that came since its last run, so a new row would never meet an older one of its own table.',
    fix: 'Use `write: replace` or `write: { merge: <key> }`, which read all rows.',
    retry: 'never',
    exit: 2,
  }),
  'model/append-all-again': kind({
    say: (p) =>
      `${p.table} appends what is new in ${p.news.join(', ')}, but all rows of ${p.inputs.join(', ')} besides, on each run again.`,
    cause:
      'The input is read whole, and its rows are there whether or not anything new meets them, as those that a left join keeps.',
    fix: (p) =>
      `Take ${p.inputs.map((one) => `\`${one}: all\``).join(' and ')} out of \`reads\`: what is new there brings the rows then, and what it is joined with is looked up whole. Or join so that only rows with a match are left (\`join\`), or use \`write: replace\` or \`merge\`.`,
    retry: 'never',
    exit: 2,
  }),
  'model/no-quarantine': kind({
    say: (p) => `The check "${p.check}" of ${p.table} cannot quarantine: ${p.problem}.`,
    cause: 'Quarantine keeps single rows apart before they are in the table, so each row has to be judged by itself.',
    fix: 'Use `on: block` or `on: warn`, or a rule that a row breaks by itself.',
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
  'model/test-params': kind({
    say: (p) =>
      `The test \`${p.test}\` of ${p.table} needs \`params: { ${p.names.join(', ')} }\`, which the select uses.`,
    cause: 'A run gives these parameters to the select; a test has no run, so it says them itself.',
    fix: 'Write them in the test, for example `params: { from: 2026-01-01, to: 2026-01-02 }`.',
    retry: 'never',
    exit: 2,
  }),
  'model/test-params-unused': kind({
    say: (p) =>
      `The test \`${p.test}\` of ${p.table} gives \`params: { ${p.names.join(', ')} }\`, which the model does not use.`,
    cause:
      'A select gets $from and $to where it names them, and a function none: the test would not test what it says.',
    fix: 'Take them out of the test, or use them in the select as $from and $to.',
    retry: 'never',
    exit: 2,
  }),
  'model/test-value': kind({
    say: (p) => `A test has ${p.value} in ${p.table}.${p.column}, and that ${p.problem}.`,
    cause: 'Rows that are given and rows that are expected hold values of the types of their columns.',
    fix: 'Write a value of the column; numbers with more digits than a double holds stand in quotes.',
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
  'model/window-unknown': kind({
    say: (p) =>
      `Which intervals of ${p.table} are missing cannot be told: no column of ${p.input} is held between $from and $to wherever it is read.`,
    cause:
      'Intervals are found by one time column of an input that the text compares with $from and $to as it is, each time that it reads the input.',
    fix: 'Compare the column itself: `where seen_at >= $from and seen_at < $to`. Where the text reads an input once more without these bounds, put that reading into a view of its own. Through a view the column must be a plain copy, in each branch of a `union all`; else write the view as a table.',
    retry: 'never',
    exit: 2,
  }),
  'model/window-type': kind({
    say: (p) => `${p.table} is to be filled by ${p.column}, which is ${p.type} and no time.`,
    cause:
      'Missing intervals are told by a date or a timestamp; text, numbers and times of day have no place in a calendar.',
    fix: 'Give the column the type `timestamp`, `timestamptz` or `date` where it is made, then compare it with $from and $to.',
    retry: 'never',
    exit: 2,
  }),
  'model/code-interval': kind({
    say: (p) => `${p.table} is computed by a function, which cannot work interval by interval.`,
    cause: 'Which intervals are missing is told from the text of a select; a function has none.',
    fix: 'Use `write: { merge: <key> }` or `write: replace`, or write the model as a select.',
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
