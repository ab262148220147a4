// What `init --from` says of files, before a run could fail on them.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, Folder } from './command.ts'

const folder = new Folder()
beforeAll(() => folder.write({ 'millrace.config.ts': config }))
afterAll(() => folder.remove())

const columnsOf = async (file: string): Promise<object> =>
  (await folder.json<{ columns: object }>('init', '--from', file)).columns

/** The code of the refusal of a file. */
async function refused(file: string, content: string): Promise<string> {
  writeFileSync(join(folder.path, file), content)
  const { status, stdout } = await folder.run('init', '--from', file, '--json')
  expect(status).not.toBe(0)
  const { issues } = JSON.parse(stdout) as { issues: readonly { code: string }[] }
  return issues.map((one) => one.code).join()
}

test('Parquet: columns get types that tables can have, and a damaged file is named', async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(`copy (select timestamp_ns '2026-01-01 00:00:00.123456789' as t,
      { 'a': [timestamp_ns '2026-01-01 00:00:00'] } as s) to '${join(folder.path, 'ns.parquet')}'`)
  expect(await columnsOf('ns.parquet')).toEqual({ t: 'timestamp', s: 'struct<a: list<timestamp>>' })
  expect(await refused('damaged.parquet', 'PAR1 and nothing more')).toBe('files/unreadable')
  const empty = new Folder()
  const { status } = await empty.run('init', '--from', join(folder.path, 'damaged.parquet'))
  expect([status, readdirSync(empty.path)]).toEqual([1, []])
  empty.remove()
})
