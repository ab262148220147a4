import { headerSchema, seedSchema, tableSettings } from '../packages/project/src/header/settings.ts'
import { codeSourceSchema, connectorSourceSchema, projectSchema } from '../packages/project/src/code/settings.ts'
import type { Keys, Schema } from '../packages/project/src/schema/schema.ts'
import { table } from './markdown.ts'

/** What the reference adds to the schema's own notes. */
const notes: Readonly<Record<string, string>> = {
  write:
    'How new rows meet old ones; without it a model in SQL is a view, a seed replaces its rows and a source appends',
  partition: 'Hidden partitions of the files: queries that filter by the column read fewer files',
  sort: 'Order of the rows, so that files can be left out; makes fewer files where rows of many partitions come in no order',
  columns: 'What is said of single columns; columns of the query that are not named stay as they are',
  checks: 'Promises about the whole table, see [checks](checks.md)',
  contract: 'The columns that consumers may rely on',
  format: 'The table format',
  compression: "Compression of the table's files; `zstd` without it",
  keep: 'How long old versions stay readable',
  owner: 'Who answers for the table',
  tags: 'Words to select it by: `--select tag:nightly`',
  when: 'When it should run; kept for schedulers',
  retry: 'How often a failed task is tried again, and the wait before it',
  start: 'The first moment that intervals cover',
  grain: 'The length of an interval; `day` without it',
  lookback:
    'How many intervals before a new one are computed again with it, and how many behind one that got late rows',
  forwardOnly: 'A changed definition holds for new intervals only; old ones stay',
  tests: 'Rows given and rows expected in the table after one run: `millrace test` runs them',
  reads: 'How inputs are read, where another way than the usual one is meant',
}

/** docs/reference/settings.md, from the schema that validates headers. */
export function settingsPage(): string {
  const seeds = Object.keys(keysOf(seedSchema)).map((key) => `\`${key}\``)
  return `# Settings

Generated from \`packages/project/src/header/settings.ts\`: the same value validates headers and makes the editors' schema
(\`millrace types\` writes it to \`millrace.schema.json\`). A header is a comment in YAML at the top of a SQL file:

\`\`\`sql
/* millrace
write: { merge: order_id, newest: updated_at }
columns:
  order_id: { checks: [not_null, unique] }
*/
select order_id, updated_at from bronze.orders
\`\`\`

The same settings, under the same names, are the fields of \`defineModel\`. The set is closed: an unknown one is an error that
names the nearest.

${settings(keysOf(headerSchema), notes)}

## write

${alternatives(tableSettings['write'])}

## columns

For each column its type alone, or:

${settings(columnKeys(), columnNotes)}

Types: \`boolean\`, \`int8\` to \`int64\`, \`uint64\`, \`float32\`, \`float64\`, \`decimal(18,2)\`, \`string\`, \`binary\`, \`uuid\`, \`json\`,
\`date\`, \`time\`, \`timestamp\`, \`timestamptz\`, and \`list\`, \`map\` and \`struct\` of them.

## contract, keep, retry, tests

${['contract', 'keep', 'retry', 'tests'].map((name) => `- \`${name}\`: ${takes(keysOf(headerSchema)[name])}`).join('\n')}

## Seeds

A seed is a CSV or JSON file below \`seeds/\` with a YAML file of its name beside it. It takes ${seeds.join(', ')}, and needs
\`columns\`.

## Sources

The fields of \`defineSource\` with a connector:

${settings(without(keysOf(connectorSourceSchema), ['defines']), notes)}

With a function, \`read\`, a source is one table and takes \`name\` (the table), \`maxRejects\`, and of the settings above
${named(keysOf(codeSourceSchema), ['defines', 'name', 'read', 'maxRejects'])}.

## Environments

What \`defineProject\` says of each of its \`environments\`:

${settings(environmentKeys(), {})}
`
}

const without = (keys: Keys, names: readonly string[]): Keys =>
  Object.fromEntries(Object.entries(keys).filter(([name]) => !names.includes(name)))

const named = (keys: Keys, except: readonly string[]): string =>
  Object.keys(without(keys, except))
    .map((name) => `\`${name}\``)
    .join(', ')

function environmentKeys(): Keys {
  const environments = keysOf(projectSchema)['environments']
  return environments?.kind === 'map' ? keysOf(environments.of) : {}
}

const keysOf = (schema: Schema): Keys => (schema.kind === 'object' ? schema.keys : {})

function takes(schema: Schema | undefined): string {
  if (schema === undefined) return ''
  return schema.kind === 'choice' ? schema.of.map((one) => `\`${String(one)}\``).join(', ') : schema.expected
}

function alternatives(schema: Schema | undefined): string {
  if (schema?.kind !== 'either') return ''
  return schema.of
    .map((one) => {
      if (one.kind !== 'object') return `- ${takes(one)}`
      const keys = Object.entries(one.keys).map(([name, of]) => `\`${name}\` (${of.expected})`)
      return `- \`${one.expected}\`: ${keys.join(', ')}`
    })
    .join('\n')
}

function columnKeys(): Keys {
  const columns = tableSettings['columns']
  const spec = columns?.kind === 'map' && columns.of.kind === 'either' ? columns.of.of[1] : undefined
  return spec === undefined ? {} : keysOf(spec)
}

const settings = (keys: Keys, more: Readonly<Record<string, string>>): string =>
  table(
    ['setting', 'takes', 'meaning'],
    Object.entries(keys).map(([name, one]) => [
      `\`${name}\``,
      takes(one),
      (more[name] ?? one.note ?? '').replace(/\.$/, ''),
    ]),
  )

const columnNotes: Readonly<Record<string, string>> = {
  checks: 'Promises about its values, see [checks](checks.md)',
  note: 'What it holds',
}
