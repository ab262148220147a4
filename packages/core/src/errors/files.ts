import type { TableName } from '../words.ts'
import { type ErrorKind, kind } from './error-kind.ts'

export const filesErrors: {
  readonly 'files/exists': ErrorKind<{ path: string; table?: TableName }>
  readonly 'files/not-found': ErrorKind<{ path: string }>
  readonly 'files/no-folder': ErrorKind<{ path: string; folder: string }>
  readonly 'files/no-columns': ErrorKind<{ path: string }>
  readonly 'files/is-folder': ErrorKind<{ path: string; file: string | null }>
  readonly 'files/preamble': ErrorKind<{ path: string; line: string; lines: number }>
  readonly 'files/none': ErrorKind<{ pattern: string }>
  readonly 'files/duplicate-header': ErrorKind<{ path: string; names: readonly string[] }>
  readonly 'files/new-columns': ErrorKind<{ path: string; names: readonly string[] }>
  readonly 'files/no-header': ErrorKind<{ path: string; found: readonly string[]; expected: readonly string[] }>
  readonly 'files/other-columns': ErrorKind<{ path: string; found: readonly string[]; expected: readonly string[] }>
  readonly 'files/unreadable': ErrorKind<{ path: string; problem: string }>
  readonly 'files/too-many-digits': ErrorKind<{ path: string; column: string; digits: number }>
  readonly 'files/changed': ErrorKind<{ path: string }>
  readonly 'files/bad-option': ErrorKind<{ option: string; value: string; expected: string }>
} = {
  'files/exists': kind({
    say: (p) => `${p.path} exists already.`,
    cause: 'Neither an export nor a new source is written over a file.',
    fix: (p) =>
      p.table === undefined
        ? 'Give another path, or remove the file first.'
        : `Name another table (\`--table ${p.table}_2\`), or remove the file first.`,
    retry: 'never',
    exit: 2,
  }),
  'files/not-found': kind({
    say: (p) => `There is no file ${p.path}.`,
    cause: 'The path is misspelled, names a pattern, or is meant from another folder.',
    fix: 'Name one file that is there; the path is taken from the folder that the command is called in.',
    retry: 'never',
    exit: 2,
  }),
  'files/no-folder': kind({
    say: (p) => `${p.path} cannot be written: there is no folder ${p.folder}.`,
    cause: 'An export makes a file, but no folders: a misspelled one would be easily overlooked.',
    fix: (p) => `Make the folder first (\`mkdir -p '${p.folder}'\`), or give another path.`,
    retry: 'never',
    exit: 2,
  }),
  'files/no-columns': kind({
    say: (p) => `${p.path} shows no columns.`,
    cause:
      'The file is empty, or is no text in rows: neither delimited nor JSON as an array or a line for each record.',
    fix: 'Name a file with a header or at least one record, as CSV, TSV, JSON, JSONL or Parquet.',
    retry: 'never',
    exit: 2,
  }),
  'files/is-folder': kind({
    say: (p) => `${p.path} is a folder.`,
    cause: 'A source is made from what one file shows.',
    fix: (p) =>
      `Name one of its files${p.file === null ? '' : ` (\`--from '${p.file}'\`)`}; a pattern such as \`*.csv\` as the \`path\` of the source that is written takes the others.`,
    retry: 'never',
    exit: 2,
  }),
  'files/preamble': kind({
    say: (p) =>
      `${p.path} begins with ${p.lines === 1 ? 'a line that is no record' : `${p.lines} lines that are no records`}: ${p.line || 'blank'}`,
    cause:
      'A title, a comment, a blank line or a word for a spreadsheet stands above the header, and no option of a source leaves such lines out.',
    fix: (p) =>
      `Have the file written without it, or write a copy: \`tail -n +${p.lines + 1} '${p.path}' > COPY.csv\`.`,
    retry: 'never',
    exit: 2,
  }),
  'files/none': kind({
    say: (p) => `No file matches ${p.pattern}.`,
    cause: 'The pattern, or the folder it starts from, is not the one that files land in.',
    fix: 'Correct `path` in the source; it is taken from the folder of millrace.config.ts, and `**` crosses folders.',
    retry: 'never',
    exit: 2,
  }),
  'files/duplicate-header': kind({
    say: (p) => `The header of ${p.path} names a column twice: ${p.names.join(', ')}.`,
    cause: 'Column names are compared without case, and each may stand once.',
    fix: 'Have the file written with distinct names, or set `header: false` and declare the columns in their order.',
    retry: 'never',
    exit: 1,
  }),
  'files/new-columns': kind({
    say: (p) => `${p.path} has columns that the table does not declare: ${p.names.join(', ')}.`,
    cause: 'The sender added columns, and the source says `newColumns: refuse`.',
    fix: 'Declare the columns, or set `newColumns` to `add` or `ignore`.',
    retry: 'never',
    exit: 1,
  }),
  'files/no-header': kind({
    say: (p) =>
      `The first line of ${p.path} is no header: it has ${p.found.join(', ')}, expected ${p.expected.join(', ')}.`,
    cause: 'The file came without its header, with another delimiter than the source declares, or in another format.',
    fix: 'Set `header: false`, the right `delimiter`, or the right `format` in the source.',
    retry: 'never',
    exit: 1,
  }),
  'files/other-columns': kind({
    say: (p) =>
      `${p.path} has none of the declared columns: it has ${p.found.join(', ')}, not ${p.expected.join(', ')}.`,
    cause: 'The file belongs to another source, or all of its columns were renamed.',
    fix: 'Correct `path` in the source, or declare the columns as the file names them.',
    retry: 'never',
    exit: 1,
  }),
  'files/unreadable': kind({
    say: (p) => `${p.path} cannot be read: ${p.problem}`,
    cause: 'The file is cut short, damaged, or of another kind than its name says.',
    fix: 'Fetch the file anew; files that could be read are not loaded twice.',
    retry: 'never',
    exit: 1,
  }),
  'files/too-many-digits': kind({
    say: (p) => `${p.path}: ${p.column} holds decimals of up to ${p.digits} digits, and a decimal here has at most 38.`,
    cause:
      'Other programs write decimals of up to 76 digits; no table could hold them, and they would be read as other numbers.',
    fix: 'Write the file anew with the column as decimal(38, scale), or as text.',
    retry: 'never',
    exit: 1,
  }),
  'files/changed': kind({
    say: (p) => `${p.path} was landed before and has changed since.`,
    cause: 'Each file is landed exactly once; what it now holds would be loaded a second time.',
    fix: 'Have changed data arrive under a new name, or set `changed: reload` where the table is written by `replace`.',
    retry: 'never',
    exit: 1,
  }),
  'files/bad-option': kind({
    say: (p) => `${p.option}: ${p.value} is not possible; expected ${p.expected}.`,
    cause: 'The option is misspelled or of another type.',
    fix: 'Correct the option in the source.',
    retry: 'never',
    exit: 2,
  }),
}
