import { definitionSettings, modelSettings, readMode, tableSettings, table } from '../header/settings.ts'
import { any, boolean, choice, code, either, list, map, number, object, type Schema, text } from '../schema/schema.ts'

const tableName = text('a table such as silver.orders')

/** What `defineModel` was given. */
export const modelSchema: Schema = object(
  {
    ...tableSettings,
    ...definitionSettings,
    ...modelSettings,
    defines: choice(['model']),
    name: tableName,
    reads: either([list(table, 'a list of tables'), map(readMode, 'tables and how they are read')], 'tables'),
    run: code,
  },
  'settings of a model',
  { needs: ['reads', 'write', 'columns', 'run'] },
)

const maxRejects = number('a count', {
  least: 0,
  whole: true,
  note: 'Where more records than this are bad, the load fails; without it they are kept apart, however many.',
})

/** What `defineSource` was given with a function. */
export const codeSourceSchema: Schema = object(
  { ...tableSettings, ...definitionSettings, defines: choice(['source']), name: tableName, read: code, maxRejects },
  'settings of a source',
  { needs: ['columns', 'read'] },
)

/** What `defineSource` was given with a connector. */
export const connectorSourceSchema: Schema = object(
  {
    ...definitionSettings,
    defines: choice(['source']),
    name: text('a name', { note: 'How runs and messages call it; the first of its tables without it.' }),
    connector: text('a connector', { note: 'What fetches the rows: `files`.' }),
    config: map(any('a value'), 'settings of the connector', { note: 'See [files](sources-files.md).' }),
    tables: map(object({ ...tableSettings, from: text('what the connector reads') }, 'settings of a table'), 'tables', {
      note: 'The settings of each table, with its `columns`.',
    }),
    maxRejects,
  },
  'settings of a source',
  { needs: ['connector', 'tables'] },
)

/** What `defineCheck` was given. */
export const checkSchema: Schema = object(
  { defines: choice(['check']), name: text('a name'), table, on: choice(['block', 'warn', 'quarantine']), run: code },
  'settings of a check',
  { needs: ['name', 'table', 'run'] },
)

const secret = object({ secret: text('the name of an environment variable') }, "env('NAME')", { needs: ['secret'] })

const environment = object(
  {
    base: text('another environment', { note: 'What it shows where it has no tables of its own.' }),
    protected: boolean({ note: 'Whether `env drop` refuses it.' }),
    lake: text('a folder or an address', {
      note: 'Where its tables lie; `.millrace/lake` without it. Local folders only, yet.',
    }),
    state: { ...secret, note: 'Not yet: its records are in SQLite.' },
    engine: text('an engine', { note: 'Not yet: it computes in DuckDB.' }),
    engineMemory: text('a size such as 2GB', {
      pattern: /^\d+(\.\d+)?\s*[KMGT]i?B$/i,
      note: 'What the engine may take at once; half of the memory, 4 GB at most, without it.',
    }),
  },
  'settings of an environment',
)

/** What `defineProject` was given. */
export const projectSchema: Schema = object(
  {
    defines: choice(['project']),
    name: text('a name of letters, digits, - and _', { pattern: /^[A-Za-z][\w-]*$/ }),
    environments: map(environment, 'environments by their names, such as `{ dev: {} }`'),
  },
  'settings of the project',
  { needs: ['name', 'environments'] },
)
