import type { CommandSpec, OptionSpec } from './command.ts'

const env: OptionSpec = {
  type: 'string',
  short: 'e',
  value: 'NAME',
  takes: 'environments',
  help: 'environment to work in (default: dev)',
}
const project: OptionSpec = {
  type: 'string',
  short: 'p',
  value: 'DIR',
  takes: 'folders',
  help: 'project folder (default: found upward from here)',
}
const select: OptionSpec = {
  type: 'string',
  multiple: true,
  short: 's',
  value: 'EXPR',
  takes: 'tables',
  help: 'tables: silver.orders, silver.*, +gold.sales, bronze.orders+, tag:nightly, !silver.tmp',
}
const from: OptionSpec = { type: 'string', value: 'TIME', help: 'first moment of the intervals to work on' }
const to: OptionSpec = { type: 'string', value: 'TIME', help: 'end of the intervals to work on (not included)' }
const allow: OptionSpec = {
  type: 'string',
  multiple: true,
  value: 'TABLE',
  takes: 'tables',
  help: 'allow a destructive step on this table',
}
const wait: OptionSpec = { type: 'boolean', help: 'wait for another run that holds a table, instead of failing' }
const atomic: OptionSpec = { type: 'boolean', help: 'publish all tables of the run or none' }
const asOf: OptionSpec = {
  type: 'string',
  value: 'WHEN',
  help: 'a time, a publication id, or run:ID for what a run staged',
}

/** Options that every command takes. */
export const commonOptions: Readonly<Record<string, OptionSpec>> = {
  json: { type: 'boolean', help: 'print results as JSON' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
}

/** Every command, in the order of the help. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'Make a project, or a source from a file',
    args: '[DIR]',
    takes: ['folders'],
    group: 'Project',
    about:
      'Makes a project in DIR (default: here). With --from, looks at a data file once and writes a source whose\ncolumns are fixed from then on; where there is no project yet, it makes one first.',
    options: {
      template: { type: 'string', value: 'NAME', takes: ['empty', 'shop'], help: 'empty or shop (default: empty)' },
      from: {
        type: 'string',
        value: 'FILE',
        takes: 'files',
        help: 'write a source for this CSV, TSV, JSON, JSONL or Parquet file',
      },
      table: { type: 'string', value: 'NAME', help: 'the table to land in (default: bronze.<file name>)' },
      project,
    },
    examples: ['millrace init shop --template shop', 'millrace init --from landing/orders.csv'],
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'plan',
    summary: 'Show what would change, and why',
    group: 'Work',
    options: {
      select,
      env,
      project,
      from,
      to,
      allow,
      'full-refresh': { type: 'boolean', help: 'build from nothing; sources only where --select names them' },
    },
    examples: ['millrace plan', 'millrace plan --select +gold.revenue'],
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'run',
    summary: 'Carry the plan out: load, compute, check, publish',
    group: 'Work',
    about:
      '--full-refresh builds the tables of models from nothing; a source is landed anew only where --select names it,\nfor files that are gone would be lost. --json prints a stream of events, one JSON object a line, of which\nrun.ended is the last.',
    tells: 'events',
    options: {
      select,
      env,
      project,
      from,
      to,
      allow,
      wait,
      atomic,
      'full-refresh': { type: 'boolean', help: 'build from nothing; sources only where --select names them' },
    },
    examples: ['millrace run', 'millrace run --select silver.orders+', 'millrace run --json'],
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'backfill',
    summary: 'Fill the intervals of a table that are missing',
    args: 'TABLE',
    takes: ['tables'],
    group: 'Work',
    tells: 'events',
    about: 'Fills what is missing between --from and --to; what is filled stays. --json prints events, as run does.',
    options: { env, project, from, to, wait },
    examples: ['millrace backfill silver.orders --from 2026-01-01 --to 2026-02-01'],
    load: () => import('./commands/backfill.ts'),
  },
  {
    name: 'restate',
    summary: 'Compute anew what is there, and what hangs on it',
    args: 'TABLE',
    takes: ['tables'],
    group: 'Work',
    tells: 'events',
    about:
      'Computes again the intervals between --from and --to that are filled; what is missing there stays missing until\na run or backfill. --json prints events, as run does.',
    options: { env, project, from, to, wait, allow },
    examples: ['millrace restate silver.orders --from 2026-01-01 --to 2026-02-01'],
    load: () => import('./commands/restate.ts'),
  },
  {
    name: 'check',
    summary: 'Run the checks on what is published',
    group: 'Work',
    options: { select, env, project },
    examples: ['millrace check', 'millrace check --select silver.*'],
    load: () => import('./commands/check.ts'),
  },
  {
    name: 'test',
    summary: 'Run the unit tests of models',
    group: 'Work',
    options: { select, project },
    examples: ['millrace test'],
    load: () => import('./commands/test.ts'),
  },
  {
    name: 'query',
    summary: 'Ask the tables in SQL',
    args: 'SQL',
    group: 'Look',
    options: {
      env,
      project,
      'as-of': asOf,
      format: {
        type: 'string',
        value: 'NAME',
        takes: ['table', 'csv', 'json', 'jsonl', 'parquet'],
        help: 'table, csv, json, jsonl or parquet',
      },
      to: { type: 'string', value: 'FILE', takes: 'files', help: 'write to this file instead of the screen' },
      limit: { type: 'string', value: 'N', help: 'rows shown on a screen (default: 100; 0 for all)' },
      explain: { type: 'boolean', help: 'show which files would be read' },
    },
    examples: [
      'millrace query "select count(*) from silver.orders"',
      'millrace query "from gold.revenue" --format parquet --to revenue.parquet',
      'millrace query "from silver.orders" --as-of 2026-01-31',
    ],
    load: () => import('./commands/query.ts'),
  },
  {
    name: 'tables',
    summary: 'List the tables of an environment',
    group: 'Look',
    options: { env, project },
    examples: ['millrace tables', 'millrace tables --env prod --json'],
    load: () => import('./commands/tables.ts'),
  },
  {
    name: 'table',
    summary: 'Show one table: columns, files, history, progress',
    args: 'NAME',
    takes: ['tables'],
    group: 'Look',
    options: {
      env,
      project,
      files: { type: 'boolean', help: 'list its data files' },
      diff: {
        type: 'string',
        value: 'VERSION',
        help: 'compare rows with this version (a publication, a time or a snapshot)',
      },
    },
    examples: ['millrace table silver.orders', 'millrace table silver.orders --diff 2026-01-31'],
    load: () => import('./commands/table.ts'),
  },
  {
    name: 'lineage',
    summary: 'Show where a table or column comes from and goes to',
    args: 'NAME',
    takes: ['tables'],
    group: 'Look',
    options: {
      project,
      up: { type: 'boolean', help: 'only what it is made of' },
      down: { type: 'boolean', help: 'only what hangs on it' },
    },
    examples: ['millrace lineage gold.revenue', 'millrace lineage gold.revenue.amount'],
    load: () => import('./commands/lineage.ts'),
  },
  {
    name: 'types',
    summary: 'Write the types that TypeScript definitions use',
    group: 'Project',
    options: { project, check: { type: 'boolean', help: 'fail if the file is not up to date' } },
    examples: ['millrace types', 'millrace types --check'],
    load: () => import('./commands/types.ts'),
  },
  {
    name: 'env',
    summary: 'Create, compare, promote and drop environments',
    takes: [['list', 'create', 'diff', 'promote', 'drop'], 'environments'],
    args: 'list | create NAME | diff NAME | promote NAME | drop NAME',
    group: 'Environments',
    options: {
      project,
      base: {
        type: 'string',
        value: 'NAME',
        takes: 'environments',
        help: 'the environment that a new one starts from (default: dev)',
      },
      table: { type: 'string', multiple: true, value: 'TABLE', takes: 'tables', help: 'promote only these tables' },
      allow: {
        type: 'string',
        multiple: true,
        value: 'NAME',
        takes: 'environments',
        help: 'allow dropping this environment with tables that its base lacks, or promoting this table over a longer history',
      },
    },
    examples: ['millrace env create fix --base dev', 'millrace env diff fix', 'millrace env promote fix'],
    load: () => import('./commands/env.ts'),
  },
  {
    name: 'rollback',
    summary: 'Make an earlier publication current again',
    args: 'PUBLICATION',
    group: 'Environments',
    options: {
      env,
      project,
      table: { type: 'string', multiple: true, value: 'TABLE', takes: 'tables', help: 'only these tables' },
    },
    examples: ['millrace rollback 3f2a', 'millrace rollback 3f2a --table silver.orders'],
    load: () => import('./commands/rollback.ts'),
  },
  {
    name: 'doctor',
    summary: 'Look for what is wrong and say how to mend it',
    group: 'Care',
    options: { project, env },
    examples: ['millrace doctor'],
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'clean',
    summary: 'Remove old versions and files that nothing needs',
    group: 'Care',
    options: {
      project,
      env,
      'dry-run': { type: 'boolean', help: 'only say what would go' },
      keep: { type: 'string', value: 'TIME', help: 'how long old versions stay readable (default: 7d)' },
    },
    examples: ['millrace clean --dry-run', 'millrace clean --keep 30d'],
    load: () => import('./commands/clean.ts'),
  },
  {
    name: 'completion',
    summary: 'Print the completion script of a shell',
    args: 'bash | zsh | fish | tables | environments',
    takes: [['bash', 'zsh', 'fish', 'tables', 'environments']],
    about: 'The scripts ask `tables` and `environments`, which print what the project here has, a name a line.',
    group: 'Care',
    options: {},
    examples: ['source <(millrace completion bash)'],
    load: () => import('./commands/completion.ts'),
  },
]
