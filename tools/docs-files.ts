import { type FilesConfig, filesConfig } from '@millrace/connectors'
import { table } from './markdown.ts'

/** Keyed by the option's name, so that a new option without a note does not compile. */
const notes: { readonly [K in keyof FilesConfig]: string } = {
  path: 'A path or a list of paths from the project folder; `*` and `**` match',
  format: '`csv`, `json` or `parquet`; without it from the name of the first path',
  layout: 'Of JSON: `lines` (an object a line) or `array`; without it from the name',
  newColumns: 'Columns that a file has and the table does not: `add` them, `refuse` the file, or `ignore` them',
  changed:
    'A file that was landed before and has changed since: `refuse` it, or `reload` all where the table is replaced',
  encoding: '`utf-8`, `utf-16le`, `utf-16be` or `latin1`; without it UTF-8, or what the byte order mark says',
  header: 'Whether the first line names the columns',
  delimiter: 'Between fields; a tab where the name ends in `.tsv`',
  quote: 'Around fields that hold delimiters or line breaks',
  escape: 'Before a quote inside a quoted field',
  nullText: 'The text that stands for a missing value; quoted, it is that text',
  decimal: '`.` or `,` in numbers',
  dateFormat: "Of dates, as DuckDB's `strptime` writes it; without it ISO 8601",
  timestampFormat: 'Of timestamps; without it ISO 8601',
  maxQuotedBytes: 'A quoted field longer than this is taken for a quote that was never closed',
  maxQuotedLines: 'The same, counted in lines',
  maxRecordBytes: 'A record longer than this is set aside as a reject',
}

/** docs/reference/sources-files.md, from the defaults that the connector itself fills in. */
export function filesPage(): string {
  const defaults = filesConfig({ path: 'orders.csv' })
  const rows = Object.entries(notes).map(([name, note]) => {
    const value = defaults[name as keyof FilesConfig]
    const shown = name === 'path' || value === null || value === '' ? '' : `\`${JSON.stringify(value)}\``
    return [`\`${name}\``, name === 'nullText' ? '`""`' : shown, note]
  })
  return `# Files as a source

Generated from \`packages/connectors/src/files/config.ts\`. A source with \`connector: 'files'\` lands files that match its paths,
each exactly once, whatever happens in between. \`millrace init --from FILE\` writes one, with
what a sample of the file shows: delimiter, header, encoding, decimal commas, and dates such as 31.01.2026. Where no value tells whether
the day or the month comes first, the column is text and the file says so; so it does of columns that have another form than the first.

\`\`\`ts
import { defineSource } from 'millrace'

export default defineSource({
  name: 'order_files',
  connector: 'files',
  config: { path: 'landing/orders/*.csv', delimiter: ';', newColumns: 'refuse' },
  maxRejects: 100,
  tables: {
    'bronze.orders': {
      write: 'append',
      columns: { order_id: { type: 'int64' }, ordered_at: { type: 'timestamptz' } },
    },
  },
})
\`\`\`

${table(['option', 'default', 'meaning'], rows)}

Any option may be \`env('NAME')\` (from \`millrace\`), also one of several paths: the connector gets the value of this variable where it
works, while plans, caches and tables keep the name. One that is not set is \`run/no-variable\`.

A table with \`write: append\` gets the rows of each file once. A file is known by its path from the project's folder: one that is renamed or
moved is a new file, and its rows land again.

One with \`write: replace\` shows all files that are there: as soon as one is new (or has changed, with \`changed: 'reload'\`), all of them are
landed anew in its place. The rows of a file that is gone leave then, not before: that a file is gone lands nothing by itself.
\`millrace run --full-refresh --select TABLE\` lands at once what is there. A table that
began with \`append\` asks once (\`--allow TABLE\`) where files are gone that it has landed. A column that is declared no more goes from the rows of an
\`append\` only with \`--allow TABLE\`.

Compressed files (\`.gz\`, \`.zst\`) are read as they are. Columns are matched by name where there is a header, else by their
order; a declared column that a file lacks is empty in its rows. Case does not count: \`ID\` of a header or of a JSON record means \`id\`,
and a record that has both is a reject. A field of a header that has no name is called by its place, such as \`column2\`; behind a
delimiter at the end of the lines it counts only where that column is declared. A table gets new columns, but its structs get no new fields: a record
with a field that the struct of a column does not have is a reject, whatever \`newColumns\` says, except that \`ignore\` leaves such
fields out. Declare the field to take it, or make the column \`json\`.

What cannot be read is never lost: each bad record goes to \`<table>__rejects\` with its \`run\`, \`loaded_at\`,
\`file\`, \`line\`, \`"column"\`, \`reason\` and \`raw\` text; \`file\` is the path from the project's
folder. \`column\` is a word of SQL, so a query has it in quotes:

\`\`\`sh
millrace query 'select line, "column", reason, raw from bronze.orders__rejects'
\`\`\`

With \`maxRejects\` a run that meets more of them fails and publishes nothing but the rejects.
`
}
