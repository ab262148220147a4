// What a query gives to a screen and to a file, which are to be the same text.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, Folder, main } from './command.ts'

const folder = new Folder()
beforeAll(async () => {
  folder.write({ 'millrace.config.ts': config, 'tables/gold/one.sql': 'select 1 as one' })
  await folder.prepare('run')
})
afterAll(() => folder.remove())

const query = (...args: readonly string[]) => folder.run('query', ...args)

test('a file holds the text of the screen, byte for byte', async () => {
  const sql = `select 9007199254740993 as big, 1.50::decimal(5,2) as price, 'nan'::double as nan, '-infinity'::double as least,
    timestamptz '2026-01-01 08:00:00Z' as at, '\\x00\\xAB'::blob as bytes, { 'a': 1, 'b': null } as pair, map { 'a': 1 } as m,
    null::int as gone, '{"a": 1.0,\n "b": 9007199254740993}'::json as doc, sum(9007199254740993::bigint) as total`
  for (const format of ['csv', 'json', 'jsonl']) {
    const shown = await query(sql, '--format', format)
    expect(shown.status).toBe(0)
    await folder.prepare('query', sql, '--to', `same.${format}`)
    expect(readFileSync(join(folder.path, `same.${format}`), 'utf8')).toBe(shown.stdout)
  }
  expect(readFileSync(join(folder.path, 'same.jsonl'), 'utf8')).toBe(
    '{"big":"9007199254740993","price":"1.50","nan":"NaN","least":"-Infinity","at":"2026-01-01T08:00:00Z","bytes":"00ab",' +
      '"pair":{"a":1,"b":null},"m":{"a":1},"gone":null,"doc":{"a":1.0,"b":9007199254740993},"total":"9007199254740993"}\n',
  )
  expect(readFileSync(join(folder.path, 'same.csv'), 'utf8').split('\n')[1]).toBe(
    '9007199254740993,1.50,NaN,-Infinity,2026-01-01T08:00:00Z,00ab,"{""a"":1,""b"":null}","{""a"":1}",,' +
      '"{""a"":1.0,""b"":9007199254740993}",9007199254740993',
  )
  expect((await query(sql, '--format', 'table')).stdout.split('\n')[1]).toMatch(/NaN {2}-Infinity {2}.* null {2}/)
})

test('types of DuckDB alone are shown as its text', async () => {
  const sql = `select interval 1 day as i, timetz '10:00:00+02' as t, '101'::bit as b, union_value(x := 1) as u, { 'a': interval 90 minute } as s`
  expect((await query(sql, '--format', 'csv')).stdout).toBe(
    'i,t,b,u,s\n1 day,10:00:00+02,101,1,"{""a"":""01:30:00""}"\n',
  )
  expect((await query(sql, '--json')).stdout).toBe(
    '[{"i":"1 day","t":"10:00:00+02","b":"101","u":"1","s":{"a":"01:30:00"}}]\n',
  )
  await folder.prepare('query', sql, '--to', 'own.parquet')
  const { status, stdout, stderr } = await query("select row(1, 2) as x, [row(1, 'a')] as y")
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toMatch(/Column x has .*sql\/unnamed-fields[^]*Column y has .*sql\/unnamed-fields/)
})

test('columns of one name are told apart by their places, and refused where only names could tell', async () => {
  const sql = 'select 1 as a, 2 as a'
  expect((await query(sql, '--format', 'csv')).stdout).toBe('a,a\n1,2\n')
  for (const args of [
    ['--format', 'json'],
    ['--to', 'twice.json'],
    ['--to', 'twice.jsonl'],
    ['--to', 'twice.parquet'],
  ]) {
    const { status, stdout, stderr } = await query(sql, ...args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain('command/same-names')
  }
})

test('a query that is asked to stop takes away what there is of its file', async () => {
  const parts = (): readonly string[] => readdirSync(folder.path).filter((name) => name.startsWith('stopped.csv'))
  const args = [main, 'query', 'select range as n from range(100000000)', '--to', 'stopped.csv']
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const child = spawn(process.execPath, args, { cwd: folder.path, stdio: 'ignore' })
    while (parts().length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill(signal)
    const [, by] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    expect([by, parts()]).toEqual([signal, []])
  }
})

test('what a killed query left of a file goes with the next one of that name', async () => {
  const parts = (): readonly string[] =>
    readdirSync(folder.path)
      .filter((name) => name.startsWith('long.csv'))
      .toSorted()
  const args = [main, 'query', 'select range as n from range(100000000)', '--to', 'long.csv']
  const child = spawn(process.execPath, args, { cwd: folder.path, stdio: 'ignore' })
  while (parts().length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(parts()).toEqual([`long.csv.${child.pid}.part`])
  folder.write({ 'long.csv.txt': 'of somebody else', 'long.csv.1.part': 'of a process that lives' })
  await folder.prepare('query', 'select 1 as n', '--to', 'long.csv')
  expect(parts()).toEqual(['long.csv', 'long.csv.1.part', 'long.csv.txt'])
})
