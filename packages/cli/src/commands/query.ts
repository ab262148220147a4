import { existsSync, statSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fail } from '@millrace/core'
import { openQueries, type PreparedQuery, prepareQuery } from '@millrace/runtime'
import { flag, type Input, text } from '../command.ts'
import { bytes, count, duration } from '../terminal/format.ts'
import { plain, screen } from '../terminal/screen.ts'
import { firstArgument } from './table-argument.ts'
import { laidOut } from './laid-out.ts'
import { type RowWriter, writers } from './row-writers.ts'

const formats = ['table', 'csv', 'json', 'jsonl', 'parquet'] as const
type Format = (typeof formats)[number]

export async function run(input: Input): Promise<number> {
  const sql = firstArgument(input, 'a query, such as "select * from silver.orders"')
  const format = formatOf(input)
  const target = text(input, 'to')
  const queries = await openQueries({ dir: text(input, 'project'), environment: text(input, 'env') })
  try {
    const prepared = await prepareQuery(queries.lakehouse, queries.reader, sql, { asOf: text(input, 'as-of') })
    if (flag(input, 'explain')) return explain(prepared, input.json)
    const session = await queries.session()
    const started = Date.now()
    if (target !== undefined && format !== 'table') {
      const done = await session.export(prepared.query, { path: resolve(target), format }, queries.cancel)
      said(input, { to: resolve(target), format, ...done }, Date.now() - started)
      return 0
    }
    if (format === 'parquet')
      fail('command/bad-value', {
        option: 'format',
        value: format,
        expected: 'csv, json or jsonl on a screen; parquet needs --to FILE',
      })
    const limit = format === 'table' && target === undefined ? limitOf(input) : 0
    const { temp } = queries
    const file = target === undefined ? null : tableFile(prepared, resolve(target), temp)
    const write = file?.writer ?? writers[format](prepared, { screen: screen(process.stdout), limit, temp })
    for await (const batch of session.read(prepared.query, queries.cancel)) {
      if (!(await write.batch(batch))) break
    }
    await write.end()
    if (file !== null) said(input, file.written(), Date.now() - started)
    return 0
  } finally {
    await queries.close()
  }
}

/** A table for reading, in a file of its own that appears when it is whole. */
function tableFile(prepared: PreparedQuery, to: string, temp: string): { writer: RowWriter; written: () => Written } {
  if (existsSync(to)) fail('files/exists', { path: to })
  if (!existsSync(dirname(to))) fail('files/no-folder', { path: to, folder: dirname(to) })
  const part = `${to}.${process.pid}.part`
  const done = { rows: 0, bytes: 0 }
  const writer = laidOut(prepared, { screen: plain, limit: 0, temp }, async (pieces, { rows }) => {
    try {
      await writeFile(part, pieces, { flag: 'wx' })
      await rename(part, to)
    } finally {
      await rm(part, { force: true })
    }
    Object.assign(done, { rows, bytes: statSync(to).size })
  })
  return { writer, written: () => ({ to, format: 'table', ...done }) }
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
    process.stderr.write(`${count(rows)} rows, ${bytes(size)} written to ${to} in ${duration(ms)}\n`)
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
