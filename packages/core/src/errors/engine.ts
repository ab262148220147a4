import { type ErrorKind, kind } from './error-kind.ts'

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GB`

const plainName = /^[a-z_]\w*$/i

export const engineErrors: {
  readonly 'engine/query-failed': ErrorKind<{ message: string }>
  readonly 'engine/worker-lost': ErrorKind<{ how: string }>
  readonly 'engine/out-of-memory': ErrorKind<{ limitBytes: number; message: string }>
  readonly 'engine/disk-full': ErrorKind<{ message: string }>
  readonly 'engine/input-vanished': ErrorKind<{ path: string }>
  readonly 'engine/input-changed': ErrorKind<{ path: string }>
  readonly 'engine/null-in-required': ErrorKind<{ column: string }>
  readonly 'engine/columns-differ': ErrorKind<{ missing: readonly string[]; unexpected: readonly string[] }>
  readonly 'engine/type-unknown': ErrorKind<{ type: string }>
  readonly 'engine/unnamed-fields': ErrorKind<{ type: string }>
  readonly 'engine/integer-too-long': ErrorKind<{ column: string | null; value: string }>
  readonly 'engine/transform-impossible': ErrorKind<{ column: string; transform: string; type: string }>
  readonly 'engine/closed': ErrorKind<Record<string, never>>
} = {
  'engine/query-failed': kind({
    say: (p) => `The query failed: ${p.message}`,
    cause: 'The data does not fit what the query does with it.',
    fix: 'Find the rows with `millrace query`, then correct the model or clean the input.',
    retry: 'never',
    exit: 1,
  }),
  'engine/worker-lost': kind({
    say: (p) => `The engine's worker process ended (${p.how}).`,
    cause: 'The process was killed, or the machine ran out of memory.',
    fix: 'The task is tried again; if it keeps happening lower the memory limit with `engineMemory`.',
    retry: 'later',
    exit: 1,
  }),
  'engine/out-of-memory': kind({
    say: (p) => `The query needs more memory than its limit of ${gigabytes(p.limitBytes)}: ${p.message}`,
    cause: 'A join, a sort, an aggregate or many open partitions hold more rows than fit, even with spilling to disk.',
    fix: 'Raise `engineMemory` in millrace.config.ts, run fewer tasks at once, or process smaller intervals.',
    retry: 'never',
    exit: 1,
  }),
  'engine/disk-full': kind({
    say: (p) => `The disk is full: ${p.message}`,
    cause: 'The lake, or the folder for spilling, has no room left.',
    fix: 'Free space (`millrace clean` removes what nothing refers to), then run again: nothing half-written was published.',
    retry: 'later',
    exit: 1,
  }),
  'engine/input-vanished': kind({
    say: (p) => `An input file is no longer there: ${p.path}`,
    cause: 'Somebody removed or replaced the file between its listing and its reading.',
    fix: 'Put the file back, or run again so that the files are listed anew; if it is a file of the lake, `millrace doctor` says how to mend its table.',
    // A second try would find nothing to land, and say that all is well.
    retry: 'never',
    exit: 1,
  }),
  'engine/input-changed': kind({
    say: (p) => `An input file changed while it was read: ${p.path}`,
    cause: 'Somebody is still writing the file, or put another in its place.',
    fix: 'Run again when the file is whole: nothing of it was published. Have senders write under another name and rename at the end.',
    retry: 'later',
    exit: 1,
  }),
  'engine/null-in-required': kind({
    say: (p) => `Column ${p.column} is required, but there are rows without a value in it.`,
    cause: 'The query or the source yields NULL where the table promises a value.',
    fix: (p) => `Filter or fill the NULLs of ${p.column}, or drop \`required\` from its definition.`,
    retry: 'never',
    exit: 1,
  }),
  'engine/columns-differ': kind({
    say: (p) =>
      [
        'The rows do not have the columns of the table:',
        p.missing.length > 0 ? `missing ${p.missing.join(', ')}` : '',
        p.unexpected.length > 0 ? `unexpected ${p.unexpected.join(', ')}` : '',
      ]
        .filter((part) => part !== '')
        .join(' '),
    cause: 'The select list and the declared columns have grown apart.',
    fix: 'Select exactly the columns that the table declares, or change its `columns`.',
    retry: 'never',
    exit: 1,
  }),
  'engine/type-unknown': kind({
    say: (p) => `A column of type ${p.type} cannot be kept in a table.`,
    cause: 'The type exists only inside the engine.',
    fix: 'Cast the column to a type that tables know, for example with `::text` or `::json`.',
    retry: 'never',
    exit: 1,
  }),
  'engine/unnamed-fields': kind({
    say: (p) => `A struct of type ${p.type} has fields without a name of their own.`,
    cause: 'Values are kept by the names of their fields; names that differ in case alone are the same.',
    fix: 'Name every field: in SQL `{a: 1, b: 2}` in place of `row(1, 2)`, in a file where it is written.',
    retry: 'never',
    exit: 1,
  }),
  'engine/integer-too-long': kind({
    say: (p) =>
      `${p.column === null ? 'A whole number' : `A whole number of column ${p.column}`} has too many digits: ${p.value}.`,
    cause: 'Integers of 128 bits leave DuckDB as decimal(38,0), the longest that tables and other programs have.',
    fix: (p) => `Cast it to text: \`${plainName.test(p.column ?? '') ? p.column : 'it'}::text\`.`,
    retry: 'never',
    exit: 1,
  }),
  'engine/transform-impossible': kind({
    say: (p) => `The partition ${p.transform}(${p.column}) cannot be computed for a column of type ${p.type}.`,
    cause: 'The transform is not defined for this type.',
    fix: 'Partition by another column, or use a transform that its type has (identity, bucket or truncate).',
    retry: 'never',
    exit: 2,
  }),
  'engine/closed': kind({
    say: () => 'The engine or its session is closed.',
    cause: 'A statement was started after close() or kill().',
    fix: 'Open a new session first.',
    retry: 'never',
    exit: 1,
  }),
}
