import type { TableName } from '../words.ts'
import { type ErrorKind, kind } from './error-kind.ts'

export const lakeErrors: {
  readonly 'lake/moved': ErrorKind<{ table: TableName }>
  readonly 'lake/corrupt': ErrorKind<{ path: string; problem: string }>
} = {
  'lake/moved': kind({
    say: (p) => `${p.table} was changed by someone else while this run worked.`,
    cause: 'Another run or program published a version of the table in between.',
    fix: 'Nothing to do: the task runs again on the new version.',
    retry: 'now',
    exit: 1,
  }),
  'lake/corrupt': kind({
    say: (p) => `${p.path} cannot be read: ${p.problem}`,
    cause: 'The file was cut, overwritten or written by an incompatible program.',
    fix: 'Roll the table back to an earlier publication with `millrace rollback`, or rebuild it with `millrace run --full-refresh`.',
    retry: 'never',
    exit: 1,
  }),
}
