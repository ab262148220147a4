import { type ErrorKind, kind } from './error-kind.ts'

export const sqlErrors: {
  readonly 'sql/syntax': ErrorKind<{ message: string }>
  readonly 'sql/invalid': ErrorKind<{ message: string }>
  readonly 'sql/unknown-column': ErrorKind<{ name: string; message: string }>
  readonly 'sql/unknown-table': ErrorKind<{ name: string }>
  readonly 'sql/unknown-function': ErrorKind<{ name: string }>
  readonly 'sql/unknown-type': ErrorKind<{ name: string }>
  readonly 'sql/ambiguous': ErrorKind<{ name: string; message: string }>
  readonly 'sql/arguments': ErrorKind<{ name: string; message: string }>
  readonly 'sql/duplicate-column': ErrorKind<{ name: string }>
  readonly 'sql/unnamed-column': ErrorKind<{ position: number }>
  readonly 'sql/several-statements': ErrorKind<{ count: number }>
  readonly 'sql/not-a-select': ErrorKind<{ message: string }>
  readonly 'sql/empty': ErrorKind<Record<string, never>>
  readonly 'sql/nul': ErrorKind<Record<string, never>>
  readonly 'sql/session-dependent': ErrorKind<{ name: string }>
  readonly 'sql/time-dependent': ErrorKind<{ name: string }>
  readonly 'sql/random': ErrorKind<{ name: string }>
  readonly 'sql/row-order': ErrorKind<{ what: string; remedy: string }>
  readonly 'sql/file-read': ErrorKind<{ name: string }>
  readonly 'sql/table-function': ErrorKind<{ name: string }>
  readonly 'sql/hidden-table': ErrorKind<{ name: string }>
  readonly 'sql/parameter-type': ErrorKind<{ name: string }>
  readonly 'sql/parameter-types': ErrorKind<{ name: string; types: string }>
  readonly 'sql/positional-parameter': ErrorKind<{ name: string }>
  readonly 'sql/cycle': ErrorKind<{ path: string }>
  readonly 'sql/self-reference': ErrorKind<{ table: string }>
  readonly 'sql/name-case': ErrorKind<{ name: string; other: string }>
  readonly 'sql/unsupported-type': ErrorKind<{ column: string; type: string }>
  readonly 'sql/unnamed-fields': ErrorKind<{ column: string; type: string }>
  readonly 'sql/deadline': ErrorKind<{ table: string; seconds: number }>
  readonly 'sql/reader-lost': ErrorKind<{ table: string; how: string }>
  readonly 'sql/input-broken': ErrorKind<{ table: string; inputs: string }>
  readonly 'sql/not-understood': ErrorKind<{ table: string; message: string }>
} = {
  'sql/syntax': kind({
    say: (p) => `The SQL cannot be parsed: ${p.message}`,
    cause: 'The text is not one select, or in a check one condition, in DuckDB SQL.',
    fix: 'Correct the text at the marked place.',
    retry: 'never',
    exit: 2,
  }),
  'sql/invalid': kind({
    say: (p) => `The SQL cannot be bound: ${p.message}`,
    cause: 'DuckDB understands the text but not what it asks for.',
    fix: 'Correct the marked place as the message says.',
    retry: 'never',
    exit: 2,
  }),
  'sql/unknown-column': kind({
    say: (p) => `There is no column ${p.name}: ${p.message}`,
    cause: 'The column is misspelled, or its input no longer has it.',
    fix: 'Use one of the columns that the inputs have. One that files brought (`newColumns: add`) counts once its source declares it.',
    retry: 'never',
    exit: 2,
  }),
  'sql/unknown-table': kind({
    say: (p) => `There is no table ${p.name}.`,
    cause: 'The name is misspelled, lacks its layer, or its definition is missing.',
    fix: 'Write a table as `layer.name`. A file in tables/ or a source has to define it; for a query a run has to have made it, too, and `millrace tables` lists what is there.',
    retry: 'never',
    exit: 2,
  }),
  'sql/unknown-function': kind({
    say: (p) => `There is no function ${p.name}.`,
    cause: 'The function is misspelled, or belongs to another dialect or to an extension.',
    fix: 'Use a function of DuckDB, or write this part as a TypeScript model.',
    retry: 'never',
    exit: 2,
  }),
  'sql/unknown-type': kind({
    say: (p) => `There is no type ${p.name}.`,
    cause: 'The type is misspelled or belongs to another dialect.',
    fix: 'Use a type of DuckDB, for example bigint, decimal(12,2), varchar, date or timestamp.',
    retry: 'never',
    exit: 2,
  }),
  'sql/ambiguous': kind({
    say: (p) => `${p.name} could mean several columns: ${p.message}`,
    cause: 'Two inputs of the select have a column of this name.',
    fix: 'Write the input before the column, as in `orders.id`.',
    retry: 'never',
    exit: 2,
  }),
  'sql/arguments': kind({
    say: (p) => `${p.name} does not take these arguments: ${p.message}`,
    cause: 'A function was called with arguments of types that it has no version for.',
    fix: 'Cast the arguments with `::type` to one of the listed versions.',
    retry: 'never',
    exit: 2,
  }),
  'sql/duplicate-column': kind({
    say: (p) => `Two output columns are named ${p.name}.`,
    cause: 'A star or a join brings a column twice, or an alias repeats a name. Names are compared without case.',
    fix: 'Rename one of them with `as`, or leave one out with `* exclude (...)`.',
    retry: 'never',
    exit: 2,
  }),
  'sql/unnamed-column': kind({
    say: (p) => `Output column ${p.position} has no name.`,
    cause: 'The column is an expression, and the name that DuckDB would make up changes with its spelling.',
    fix: 'Name it with `as`.',
    retry: 'never',
    exit: 2,
  }),
  'sql/several-statements': kind({
    say: (p) => `The text holds ${p.count} statements where one select belongs.`,
    cause: 'A model is exactly one select.',
    fix: 'Keep one select in the file and move the others to files of their own.',
    retry: 'never',
    exit: 2,
  }),
  'sql/not-a-select': kind({
    say: (p) => `The text is not a select: ${p.message}`,
    cause: 'A model says what its rows are; Millrace creates and fills the table.',
    fix: 'Keep only the select (write a pivot with its values: `from (pivot t on c in (1, 2) using sum(x))`).',
    retry: 'never',
    exit: 2,
  }),
  'sql/empty': kind({
    say: () => 'The file holds no select.',
    cause: 'Only comments or nothing at all were found.',
    fix: 'Write one select.',
    retry: 'never',
    exit: 2,
  }),
  'sql/nul': kind({
    say: () => 'The text holds a NUL character.',
    cause: 'DuckDB would read the text only up to there.',
    fix: 'Remove the character; the file may have been saved in another encoding than UTF-8.',
    retry: 'never',
    exit: 2,
  }),
  'sql/session-dependent': kind({
    say: (p) => `${p.name} depends on the session, not on data.`,
    cause: 'Its value is fixed when the text is read, so the same model would give other rows elsewhere.',
    fix: 'Leave it out, or take the value from a column of the data: a seed holds settings. What only the session knows is for a model in TypeScript.',
    retry: 'never',
    exit: 2,
  }),
  'sql/time-dependent': kind({
    say: (p) => `${p.name} gives another value at every run.`,
    cause: 'A table that depends on the clock cannot be computed again.',
    fix: 'Use `$from` and `$to` in a model that is written by interval, or a moment of the data such as `(select max(seen_at) from bronze.events)`. A model in TypeScript may look at the clock.',
    retry: 'never',
    exit: 2,
  }),
  'sql/random': kind({
    say: (p) => `${p.name} gives other values at every run.`,
    cause: 'A table made by chance cannot be computed again.',
    fix: 'Derive the value from the data: `hash(order_id)`, or `where hash(order_id) % 10 = 0` instead of a sample.',
    retry: 'never',
    exit: 2,
  }),
  'sql/row-order': kind({
    say: (p) => `${p.what} depends on the order of rows, which is not defined here.`,
    cause: 'Tables have no order; engines return rows as their threads finish.',
    fix: (p) => p.remedy,
    retry: 'never',
    exit: 2,
  }),
  'sql/file-read': kind({
    say: (p) => `${p.name} reads files from inside a select.`,
    cause: 'Files read this way have no versions, no lineage and no checks.',
    fix: 'Declare a source for the files (`defineSource`) and select from its table.',
    retry: 'never',
    exit: 2,
  }),
  'sql/table-function': kind({
    say: (p) => `${p.name} cannot be used as a table here.`,
    cause: 'It reads the engine itself or hides which tables the select depends on.',
    fix: 'Name the tables in the text; `unnest`, `range` and `generate_series` are allowed.',
    retry: 'never',
    exit: 2,
  }),
  'sql/hidden-table': kind({
    say: (p) => `The select reads ${p.name}, which its text does not name.`,
    cause: 'A macro or a function hides the table, so changes of it would go unnoticed.',
    fix: 'Name the table in the text.',
    retry: 'never',
    exit: 2,
  }),
  'sql/parameter-type': kind({
    say: (p) => `The type of $${p.name} cannot be told from its context.`,
    cause: 'DuckDB types a parameter by what it is compared with; here nothing says it.',
    fix: (p) => `Write the type: $${p.name}::type, for example $${p.name}::date.`,
    retry: 'never',
    exit: 2,
  }),
  'sql/parameter-types': kind({
    say: (p) => `$${p.name} is used with different types: ${p.types}.`,
    cause: 'Each use takes its type from its context, and these contexts disagree.',
    fix: (p) =>
      `Write the same type at every use: $${p.name}::type. A cast of a cast counts as the last one: a day of it is date_trunc('day', $${p.name}::type).`,
    retry: 'never',
    exit: 2,
  }),
  'sql/positional-parameter': kind({
    say: (p) => `${p.name} is a parameter without a name.`,
    cause: 'Values are given by name.',
    fix: 'Write `$name` instead.',
    retry: 'never',
    exit: 2,
  }),
  'sql/cycle': kind({
    say: (p) => `Tables depend on each other in a circle: ${p.path}.`,
    cause: 'Each of them needs the others first.',
    fix: 'Break the circle: let one of them read an earlier layer.',
    retry: 'never',
    exit: 2,
  }),
  'sql/self-reference': kind({
    say: (p) => `${p.table} reads itself.`,
    cause: 'A model is computed from other tables; its earlier rows are kept by its write mode.',
    fix: 'Use `write: { merge: key }` or `append` to build on earlier rows, or read the input of the table instead.',
    retry: 'never',
    exit: 2,
  }),
  'sql/name-case': kind({
    say: (p) => `${p.name} and ${p.other} differ only in case.`,
    cause: 'Names are compared without case, so both would be the same table.',
    fix: 'Rename or remove one of them.',
    retry: 'never',
    exit: 2,
  }),
  'sql/unsupported-type': kind({
    say: (p) => `Column ${p.column} has the type ${p.type}, which no table can store.`,
    cause: 'Open table formats have no such type.',
    fix: (p) => `Cast it, for example ${p.column}::varchar.`,
    retry: 'never',
    exit: 2,
  }),
  'sql/unnamed-fields': kind({
    say: (p) => `Column ${p.column} has a struct whose fields have no name of their own: ${p.type}.`,
    cause: 'Values are kept by the names of their fields; names that differ in case alone are the same.',
    fix: 'Name every field, for example `{a: 1, b: 2}` or `struct_pack(a := 1, b := 2)` in place of `row(1, 2)`.',
    retry: 'never',
    exit: 2,
  }),
  'sql/deadline': kind({
    say: (p) => `Reading ${p.table} took longer than ${p.seconds} s and was stopped.`,
    cause:
      'The text makes DuckDB compute something large while it is only being read, usually a function of constants.',
    fix: 'Simplify the constant expression, or compute it in a model from data.',
    retry: 'never',
    exit: 2,
  }),
  'sql/reader-lost': kind({
    say: (p) => `The SQL reader ended while it read ${p.table} (${p.how}).`,
    cause: 'The text brought DuckDB down, or the machine ran out of memory.',
    fix: 'Simplify the select; if a plain select does this, please report it with the text.',
    retry: 'never',
    exit: 2,
  }),
  'sql/input-broken': kind({
    say: (p) => `${p.table} was not read because of mistakes in ${p.inputs}.`,
    cause: 'Its columns depend on tables that cannot be read themselves.',
    fix: 'Correct the inputs first.',
    retry: 'never',
    exit: 2,
  }),
  'sql/not-understood': kind({
    say: (p) => `The plan of ${p.table} holds something that is not understood: ${p.message}`,
    cause: 'This version of Millrace does not know a construct of DuckDB.',
    fix: 'Write the select in another way and report the text, please.',
    retry: 'never',
    exit: 2,
  }),
}
