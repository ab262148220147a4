import { resolve } from 'node:path'
import { fail } from '@millrace/core'
import { openQueries, type PreparedQuery, prepareQuery, type Queries } from '@millrace/runtime'
import { flag, type Input, text } from '../command.ts'
import { bytes, duration, plural } from '../terminal/format.ts'
import { plain, screen } from '../terminal/screen.ts'
import { NewFile, standardOut } from './out.ts'
import { firstArgument } from './table-argument.ts'
import { type RowWriter, writers } from './row-writers.ts'

const formats = ['table', 'csv', 'json', 'jsonl', 'parquet'] as const
type Format = (typeof formats)[number]

export async function run(input: Input): Promise<number> {
  const sql = firstArgument(input, 'a query, such as "select * from silver.orders"')
  const format = formatOf(input)
  const target = text(input, 'to')
  const queries = await openQueries({ dir: text(input, 'project'), environment: text(input, 'env'), reads: true })
  try {
    const prepared = await prepareQuery(queries.lakehouse, queries.reader, sql, { asOf: text(input, 'as-of') })
    if (flag(input, 'explain')) return explain(prepared, input.json)
    if (format !== 'csv' && format !== 'table') needOwnNames(prepared.names, format)
    if (target === undefined) await show(input, queries, prepared, format)
    else await save(input, queries, prepared, { to: resolve(target), format })
    return 0
  } finally {
    await queries.close()
  }
}

/** These formats keep a row's values by the names of their columns; those of Parquet are told apart by more than case. */
function needOwnNames(names: readonly string[], format: Format): void {
  const keys = format === 'parquet' ? names.map((name) => name.toLowerCase()) : names
  const twice = names.filter((_, i) => keys.indexOf(keys[i] ?? '') !== i)
  if (twice.length > 0) fail('command/same-names', { names: [...new Set(twice)], format })
}

async function show(input: Input, queries: Queries, prepared: PreparedQuery, format: Format): Promise<void> {
  if (format === 'parquet')
    fail('command/bad-value', {
      option: 'format',
      value: format,
      expected: 'csv, json or jsonl on a screen; parquet needs --to FILE',
    })
  const paper = screen(process.stdout)
  const writer = writers[format](prepared, standardOut, {
    screen: paper,
    limit: format === 'table' ? limitOf(input) : 0,
    temp: queries.temp,
    shown: ({ rows, more }) => {
      const hint = more ? ` (more rows follow; --limit 0 shows all)` : ''
      process.stderr.write(paper.paint('dim', `${plural(rows, 'row')}${hint}\n`))
    },
  })
  await pour(queries, prepared, writer)
}

async function save(
  input: Input,
  queries: Queries,
  prepared: PreparedQuery,
  { to, format }: { readonly to: string; readonly format: Format },
): Promise<void> {
  const started = Date.now()
  const done =
    format === 'parquet'
      ? await (await queries.session()).export(prepared.query, { path: to, format }, queries.cancel)
      : await saveText(queries, prepared, { to, format })
  said(input, { to, format, ...done }, Date.now() - started)
}

async function saveText(
  queries: Queries,
  prepared: PreparedQuery,
  { to, format }: { readonly to: string; readonly format: Exclude<Format, 'parquet'> },
): Promise<{ readonly rows: number; readonly bytes: number }> {
  await using file = await NewFile.open(to)
  const showing = { screen: plain, limit: 0, temp: queries.temp, shown: () => undefined }
  const rows = await pour(queries, prepared, writers[format](prepared, file, showing))
  return { rows, bytes: await file.finish() }
}

/** Takes the rows of a query to where they are wanted; answers how many there were. */
async function pour(queries: Queries, prepared: PreparedQuery, writer: RowWriter): Promise<number> {
  const session = await queries.session()
  let rows = 0
  for await (const batch of session.read(prepared.query, queries.cancel)) {
    rows += batch.rows
    if (!(await writer.batch(batch))) break
  }
  await writer.end()
  return rows
}

function limitOf(input: Input): number {
  const value = text(input, 'limit') ?? '100'
  if (!/^\d+$/.test(value))
    fail('command/bad-value', { option: 'limit', value, expected: 'a whole number; 0 for all rows' })
  return Number(value)
}

function formatOf(input: Input): Format {
  const target = text(input, 'to')
  const value = text(input, 'format') ?? (target === undefined ? (input.json ? 'json' : 'table') : formatNamed(target))
  return (
    formats.find((one) => one === value) ??
    fail('command/bad-value', { option: 'format', value, expected: `one of ${formats.join(', ')}` })
  )
}

/** A file of another name would hold something else than it says. */
function formatNamed(target: string): string {
  const [, ending] = /\.(csv|jsonl|json|parquet)$/i.exec(target) ?? []
  const expected = 'a file that ends in .csv, .json, .jsonl or .parquet, or --format beside it'
  return ending?.toLowerCase() ?? fail('command/bad-value', { option: 'to', value: target, expected })
}

type Reads =
  | { readonly table: string; readonly view: true }
  | {
      readonly table: string
      readonly view: false
      readonly files: number
      readonly bytes: number
      readonly of: { readonly files: number; readonly bytes: number }
    }

interface Written {
  readonly to: string
  readonly format: Format
  readonly rows: number
  readonly bytes: number
}

function said(input: Input, done: Written, ms: number): void {
  if (input.json) process.stdout.write(`${JSON.stringify(done)}\n`)
  else {
    const { to, rows, bytes: size } = done
    process.stderr.write(`${plural(rows, 'row')}, ${bytes(size)} written to ${to} in ${duration(ms)}\n`)
  }
}

function explain(prepared: Awaited<ReturnType<typeof prepareQuery>>, json: boolean): number {
  const reads = Object.entries(prepared.query.inputs).map(([table, scan]): Reads => {
    if (scan.via !== 'files') return { table, view: true }
    const files = scan.groups.flatMap((group) => group.files)
    const read = { files: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0) }
    return { table, view: false, ...read, of: scan.total }
  })
  if (json) process.stdout.write(`${JSON.stringify(reads, null, 2)}\n`)
  else for (const one of reads) process.stdout.write(`${explained(one)}\n`)
  return 0
}

function explained(one: Reads): string {
  if (one.view) return `${one.table}: view`
  const { files, bytes: size, of } = one
  return `${one.table}: reads ${files} of ${of.files} files, ${bytes(size)} of ${bytes(of.bytes)}`
}
