import type { TableName } from '../words.ts'
import { counted } from './counted.ts'
import { type ErrorKind, kind } from './error-kind.ts'

export const runErrors: {
  readonly 'run/busy': ErrorKind<{ table: TableName; run: string; pid: number }>
  readonly 'run/lease-lost': ErrorKind<{ table: TableName; more: number }>
  readonly 'run/cancelled': ErrorKind<Record<string, never>>
  readonly 'run/key-missing': ErrorKind<{ table: TableName; key: string; rows: number }>
  readonly 'run/key-twice': ErrorKind<{ table: TableName; key: string; rows: number; write: 'merge' | 'history' }>
  readonly 'run/outside-interval': ErrorKind<{
    table: TableName
    column: string
    from: string
    to: string
    found: string | null
  }>
  readonly 'run/input-rewritten': ErrorKind<{ table: TableName; input: TableName; write: string; keeps: boolean }>
  readonly 'run/input-forgotten': ErrorKind<{ table: TableName; input: TableName; keeps: boolean }>
  readonly 'run/input-behind': ErrorKind<{ table: TableName; input: TableName; columns: readonly string[] }>
  readonly 'run/check-failed': ErrorKind<{
    table: TableName
    check: string
    failed: number | null
    query: string
    run: string
  }>
  readonly 'run/check-needs': ErrorKind<{ table: TableName; needs: string }>
  readonly 'run/upstream-failed': ErrorKind<{ table: TableName; by: string }>
  readonly 'run/too-many-rejects': ErrorKind<{ table: TableName; rejects: number; limit: number }>
  readonly 'run/no-variable': ErrorKind<{ source: string; name: string }>
  readonly 'run/no-connector': ErrorKind<{ source: string; connector: string }>
  readonly 'run/landed-gone': ErrorKind<{ table: TableName; files: string; count: number; replaces: boolean }>
  readonly 'run/source-failed': ErrorKind<{ file: string; message: string }>
  readonly 'run/code-failed': ErrorKind<{ file: string; message: string }>
  readonly 'run/code-exited': ErrorKind<{ file: string; how: string }>
  readonly 'run/bad-record': ErrorKind<{ file: string; record: number; received: string; expected: string }>
  readonly 'run/bad-key': ErrorKind<{ file: string; row: number; key: string; problem: string }>
  readonly 'run/bad-arrow': ErrorKind<{ file: string; record: number; problem: string; fix: string }>
  readonly 'run/bad-value': ErrorKind<{
    file: string
    row: number
    record?: number
    column: string
    type: string
    value: string
    problem: string
  }>
  readonly 'run/view-behind': ErrorKind<{ table: TableName }>
  readonly 'run/endless-time': ErrorKind<{ table: TableName; columns: readonly string[]; instead: string | null }>
  readonly 'run/failed': ErrorKind<{ task: string; message: string }>
} = {
  'run/busy': kind({
    say: (p) => `${p.table} is being written by another run (${p.run}, process ${p.pid}).`,
    cause: 'A table has one writer at a time in each environment.',
    fix: 'Wait for the other run to end. `run`, `backfill` and `restate` do so themselves with `--wait`.',
    retry: 'later',
    exit: 1,
  }),
  'run/lease-lost': kind({
    say: (p) =>
      `The lease of ${p.table}${p.more === 0 ? '' : ` and of ${counted(p.more, 'more table', 'more tables')}`} was lost; nothing was published without it.`,
    cause: 'The process was stopped for longer than its lease, and another one took over.',
    fix: 'Start the command again: it does what is still missing.',
    retry: 'never',
    exit: 1,
  }),
  'run/cancelled': kind({
    say: () => 'The run was interrupted; nothing of it was published.',
    cause: 'Ctrl-C or a signal from outside.',
    fix: 'Start the run again: it computes what is still missing.',
    retry: 'never',
    exit: 1,
  }),
  'run/key-missing': kind({
    say: (p) => `${counted(p.rows, `incoming row of ${p.table} has`, `incoming rows of ${p.table} have`)} no ${p.key}.`,
    cause: 'A row without a key can neither update nor be found again.',
    fix: 'Filter these rows in the model, or give them a key.',
    retry: 'never',
    exit: 1,
  }),
  'run/key-twice': kind({
    say: (p) =>
      `${counted(p.rows, `incoming row of ${p.table} repeats`, `incoming rows of ${p.table} repeat`)} the ${p.key} of another.`,
    cause: 'Two rows claim the same key, and nothing says which of them is right.',
    fix: (p) =>
      p.write === 'merge'
        ? 'Say which row wins with `write: { merge: ..., newest: <column> }`, or remove the duplicates in the model.'
        : `Let the select take one of them: \`qualify row_number() over (partition by ${p.key} order by <column>) = 1\`.`,
    retry: 'never',
    exit: 1,
  }),
  'run/outside-interval': kind({
    say: (p) =>
      `${p.table} was computed for ${p.from} to ${p.to}, but ${p.found === null ? `rows have no ${p.column}` : `a row has ${p.found} in ${p.column}`}.`,
    cause:
      'An interval is replaced as a whole by what was computed for it: rows that belong elsewhere, or nowhere, would be lost or counted twice.',
    fix: (p) =>
      `Bound the select by what it writes: \`where ${p.column} >= $from and ${p.column} < $to\`. Where ${p.column} is computed (a local day, say), store it in a model of its own and read that. Filter rows without a moment, or give them one.`,
    retry: 'never',
    exit: 1,
  }),
  'run/input-rewritten': kind({
    say: (p) => `${p.table} takes what is new in ${p.input}, but rows of ${p.input} were rewritten since.`,
    cause: 'A rewritten table no longer says which of its rows are new.',
    fix: (p) => {
      const other =
        p.write === 'append'
          ? `give it a key with \`write: { merge: ... }\`${p.keeps ? ' and `forwardOnly: true`' : ''}`
          : `let it read all of ${p.input}: take \`${p.input}: changes\` out of \`reads\``
      return `${anew(p)}, or ${other}.`
    },
    retry: 'never',
    exit: 1,
  }),
  'run/input-forgotten': kind({
    say: (p) => `${p.table} appends what is new in ${p.input}, but the version of ${p.input} that it has read is gone.`,
    cause:
      'The input was damaged and has been mended without that version; another program or another environment has written it since, without the older versions; or the table is shown from a base whose input went its own way.',
    fix: (p) => `${anew(p)}.`,
    retry: 'never',
    exit: 1,
  }),
  'run/input-behind': kind({
    say: (p) =>
      p.columns.length === 0
        ? `${p.table} reads ${p.input}, which is not there yet.`
        : `${p.table} reads ${p.columns.join(', ')} of ${p.input}, which ${p.input} does not have yet.`,
    cause: 'It is new or its definition changed, and no run has carried that out.',
    fix: (p) => `Run it with what it reads: \`millrace run --select +${p.table}\`.`,
    retry: 'never',
    exit: 1,
  }),
  'run/check-failed': kind({
    say: (p) =>
      `${p.table} was not published: ${p.failed === null ? 'it breaks' : counted(p.failed, 'row breaks', 'rows break')} the check "${p.check}".`,
    cause: 'A blocking check holds back its table and what depends on it; everything else was published.',
    fix: (p) => `Look at the rows as they were staged:\n  millrace query --as-of run:${p.run} '${p.query}'`,
    retry: 'never',
    exit: 1,
  }),
  'run/check-needs': kind({
    say: (p) => `The checks of ${p.table} look at ${p.needs}, which is not there yet.`,
    cause: 'Without that table nothing tells whether the rows keep their promise, so they were not published.',
    fix: (p) => `Run ${p.needs} first; if its own checks hold it back, mend that. The next run continues here.`,
    retry: 'never',
    exit: 1,
  }),
  'run/upstream-failed': kind({
    say: (p) => `${p.table} was not computed because ${p.by} failed.`,
    cause: 'It would have been computed from rows that were not published.',
    fix: (p) => `Mend ${p.by}; the next run continues here.`,
    retry: 'never',
    exit: 1,
  }),
  'run/too-many-rejects': kind({
    say: (p) =>
      `${p.table} got ${counted(p.rejects, 'bad record')}, more than its limit of ${p.limit}; nothing but the rejects was published.`,
    cause: 'The limit `maxRejects` stops a load whose files do not fit the definition.',
    fix: (p) =>
      `Look at them with \`millrace query "select * from ${p.table}__rejects"\`; correct the files or the columns, or raise the limit.`,
    retry: 'never',
    exit: 1,
  }),
  'run/no-variable': kind({
    say: (p) => `${p.source} needs the variable ${p.name}, which is not set.`,
    cause: 'The source takes a setting from the environment with `env(...)`, and this process has no such variable.',
    fix: (p) => `Set ${p.name} for the command: \`export ${p.name}=...\` before it, or in what starts it.`,
    retry: 'never',
    exit: 2,
  }),
  'run/no-connector': kind({
    say: (p) => `${p.source} uses the connector \`${p.connector}\`, which does not exist.`,
    cause: 'The connector is misspelled.',
    fix: 'Use `files` or `seed`, or write a TypeScript source.',
    retry: 'never',
    exit: 2,
  }),
  'run/landed-gone': kind({
    say: (p) =>
      `${p.table} cannot be landed anew: ${counted(p.count, 'of its files is', 'of its files are')} gone (${p.files}).`,
    cause: 'Landing anew reads the files again; rows of files that were moved or deleted since would be lost.',
    fix: (p) =>
      p.replaces
        ? `Bring the files back, let it \`append\` as before, or accept the loss with \`millrace run --allow ${p.table}\`.`
        : 'Bring the files back, or leave the source out of the full refresh.',
    retry: 'never',
    exit: 1,
  }),
  'run/source-failed': kind({
    say: (p) => `${p.file} failed while it was read: ${p.message}`,
    cause: 'What the source asks may not have answered; it was asked again as often as its `retry` says.',
    fix: 'Look at what it asks, and at the marked place; nothing of this load was published, and the next run goes on from there.',
    retry: 'later',
    exit: 1,
  }),
  'run/code-failed': kind({
    say: (p) => `${p.file} failed while it ran: ${p.message}`,
    cause: 'The function threw this error: it met something that it does not expect, or what it asked did not answer.',
    fix: 'Correct the function at the marked place; nothing of this table was published.',
    retry: 'never',
    exit: 1,
  }),
  'run/code-exited': kind({
    say: (p) => `Running ${p.file} ended its process (${p.how}).`,
    cause: 'The function, or something it calls, calls process.exit or ran out of memory.',
    fix: 'Remove the call, or hold fewer rows at a time: what is yielded is written as it comes.',
    retry: 'never',
    exit: 1,
  }),
  'run/bad-record': kind({
    say: (p) =>
      p.record === 0
        ? `The function of ${p.file} gives ${p.received} where ${p.expected} belongs.`
        : `Record ${p.record} of ${p.file} is ${p.received} where ${p.expected} belongs.`,
    cause: 'What a function gives has another form than its kind of definition needs.',
    fix: (p) => `Give ${p.expected}.`,
    retry: 'never',
    exit: 1,
  }),
  'run/bad-key': kind({
    say: (p) => `Row ${p.row} of ${p.file} has the key ${p.key}, ${p.problem}.`,
    cause: 'A value of no column would be lost, so the row was refused and nothing of this run was published.',
    fix: (p) => `Declare the column, or leave ${p.key} out in the function.`,
    retry: 'never',
    exit: 1,
  }),
  'run/bad-arrow': kind({
    say: (p) => `The Arrow stream in record ${p.record} of ${p.file} cannot be taken: ${p.problem}.`,
    cause:
      'A stream is taken whole and exactly or not at all, so nothing of this run was published. Records are what the source yields, counted from 1.',
    fix: (p) => p.fix,
    retry: 'never',
    exit: 1,
  }),
  'run/bad-value': kind({
    say: (p) =>
      `Row ${p.row}${p.record === undefined ? '' : ` of the Arrow stream in record ${p.record}`} of ${p.file}: column ${p.column} is of type ${p.type}, and ${p.value} ${p.problem}.`,
    cause:
      'A column holds a value exactly or not at all, so the row was refused and nothing of this run was published.',
    fix: 'Correct the value where the row is made, or change the type of the column.',
    retry: 'never',
    exit: 1,
  }),
  'run/view-behind': kind({
    say: (p) => `${p.table} names columns that its inputs have no more.`,
    cause: 'The view was not run since its inputs changed, so its text does not fit them.',
    fix: (p) =>
      `Run it: \`millrace run --select ${p.table}\`, with its select edited where the project still names them.`,
    retry: 'never',
    exit: 1,
  }),
  'run/endless-time': kind({
    say: (p) => `${p.table} would get \`infinity\` or \`-infinity\` in ${p.columns.join(', ')}.`,
    cause:
      'They are dates and moments to DuckDB alone: other programs that read the table would fail, so nothing of it was published.',
    fix: ({ instead }) =>
      instead === null
        ? "Give `null` or a far one, such as `'9999-12-31'`, in their place, in the function that gives the rows."
        : `Give no value or a far one, such as 9999-12-31, in their place: \`${instead}\`.`,
    retry: 'never',
    exit: 1,
  }),
  'run/failed': kind({
    say: (p) => `${p.task} failed: ${p.message}`,
    cause: 'An error that Millrace does not know.',
    fix: 'Read the log in .millrace/logs; if it looks like a fault of Millrace, please report it with that log.',
    retry: 'never',
    exit: 1,
  }),
}

const anew = ({ table, keeps }: { readonly table: TableName; readonly keeps: boolean }): string =>
  keeps
    ? `Build it anew, without the rows that only it still has: \`millrace run --select ${table} --full-refresh --allow ${table}\``
    : `Build it anew with \`millrace run --select ${table} --full-refresh\``
