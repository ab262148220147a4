import { type ErrorKind, kind } from './error-kind.ts'

export const sqlErrors: {
  readonly 'sql/syntax': ErrorKind<{ message: string }>
  readonly 'sql/unknown-column': ErrorKind<{ name: string; message: string }>
} = {
  'sql/syntax': kind({
    say: (p) => `The SQL cannot be parsed: ${p.message}`,
    cause: 'The text is not one select statement in DuckDB SQL.',
    fix: 'Correct the text at the marked place.',
    retry: 'never',
    exit: 2,
  }),
  'sql/unknown-column': kind({
    say: (p) => `There is no column ${p.name}: ${p.message}`,
    cause: 'The column is misspelled, or its input no longer has it.',
    fix: 'Use one of the columns that the input has.',
    retry: 'never',
    exit: 2,
  }),
}
