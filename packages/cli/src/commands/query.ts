import { resolve } from 'node:path'
import { fail } from '@millrace/core'
import { openQueries, prepareQuery } from '@millrace/runtime'
import { flag, type Input, text } from '../command.ts'
import { bytes, count, duration } from '../terminal/format.ts'
import { screen } from '../terminal/screen.ts'
import { firstArgument } from './table-argument.ts'
import { writers } from './row-writers.ts'

const formats = ['table', 'csv', 'json', 'jsonl', 'parquet'] as const
type Format = (typeof formats)[number]

export async function run(input: Input): Promise<number> {
  const sql = firstArgument(input, 'a query, such as "select * from silver.orders"')
  const format = formatOf(input)
  const target = text(input, 'to')
  const queries = await openQueries({ dir: text(input, 'project'), environment: text(input, 'env') })
  try {
    const prepared = await prepareQuery(queries.lakehouse, queries.reader, sql, { asOf: text(input, 'as-of') })
    if (flag(input, 'explain')) return explain(prepared)
    const session = await queries.session()
    const started = Date.now()
    if (target !== undefined) {
      const exported = format === 'table' ? 'csv' : format
      const done = await session.export(prepared.query, { path: resolve(target), format: exported }, queries.cancel)
      process.stderr.write(
        `${count(done.rows)} rows, ${bytes(done.bytes)} written to ${target} in ${duration(Date.now() - started)}\n`,
      )
      return 0
    }
    if (format === 'parquet')
      fail('command/bad-value', {
        option: 'format',
        value: format,
        expected: 'csv, json or jsonl on a screen; parquet needs --to FILE',
      })
    const limit = format === 'table' ? limitOf(input) : 0
    const write = writers[format](prepared, screen(process.stdout), limit)
    for await (const batch of session.read(prepared.query, queries.cancel)) {
      if (!(await write.batch(batch))) break
    }
    await write.end()
    return 0
  } finally {
    await queries.close()
  }
}

function limitOf(input: Input): number {
  const value = text(input, 'limit') ?? '100'
  if (!/^\d+$/.test(value))
    fail('command/bad-value', { option: 'limit', value, expected: 'a whole number; 0 for all rows' })
  return Number(value)
}

function formatOf(input: Input): Format {
  const value =
    text(input, 'format') ??
    (input.json ? 'json' : (/\.(csv|jsonl|json|parquet)$/.exec(text(input, 'to') ?? '')?.[1] ?? 'table'))
  return (
    formats.find((one) => one === value) ??
    fail('command/bad-value', { option: 'format', value, expected: `one of ${formats.join(', ')}` })
  )
}

function explain(prepared: Awaited<ReturnType<typeof prepareQuery>>): number {
  for (const [table, scan] of Object.entries(prepared.query.inputs)) {
    if (scan.via !== 'files') {
      process.stdout.write(`${table}: view\n`)
      continue
    }
    const files = scan.groups.flatMap((group) => group.files)
    const size = files.reduce((sum, file) => sum + file.bytes, 0)
    process.stdout.write(
      `${table}: reads ${files.length} of ${scan.total.files} files, ${bytes(size)} of ${bytes(scan.total.bytes)}\n`,
    )
  }
  return 0
}
