import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeIssue, issue, MillraceError, type Scan } from '@millrace/core'
import { expect, test } from 'vitest'
import { issuesOf } from '../src/worker/failure.ts'

/** Messages as DuckDB 1.5 wrote them. */
const messages = [
  ['Out of Memory Error: failed to pin block of size 256.0 KiB (61.0 MiB/64.0 MiB used)', 'engine/out-of-memory'],
  ['Out of Memory Error: failed to offload data block of size 256.0 KiB (2.6 MiB/2.6 MiB used).', 'engine/disk-full'],
  ['IO Error: Could not write file "/lake/a.parquet": No space left on device', 'engine/disk-full'],
  ['IO Error: Could not write file "/lake/a.parquet": File too large', 'command/file-system'],
  ['IO Error: No files found that match the pattern "/in/a.csv"', 'engine/input-vanished'],
  ['IO Error: Cannot open file "/in/a.parquet": No such file or directory', 'engine/input-vanished'],
  ['Conversion Error: Could not convert string "x" to INT32', 'engine/query-failed'],
  [
    'Conversion Error: Could not cast value 170141183460469231731687303715884105727 to DECIMAL(38,0) when casting from source column a b\n\nLINE 1: SELECT CAST(#1 AS DECIMAL(38,0))',
    'engine/integer-too-long',
  ],
  [
    'Conversion Error: Could not cast value -170141183460469231731687303715884105727 to DECIMAL(38,0)\n\nLINE 1: SELECT CAST(#1 AS DECIMAL(38,0)[])',
    'engine/integer-too-long',
  ],
] as const

test('each message has the code that says what to do', () => {
  for (const [message, code] of messages)
    expect(issuesOf(new Error(message), 2 ** 26).map((one) => one.code)).toEqual([code])
})

test('what is said names the limit, the file and the column', () => {
  const say = (message: string): string =>
    issuesOf(new Error(message), 2 ** 26)
      .map((one) => describeIssue(one).message)
      .join()
  expect(say(messages[0][0])).toContain('its limit of 0.06 GB')
  expect(say(messages[5][0])).toBe('An input file is no longer there: /in/a.parquet')
  expect(say(messages[7][0])).toBe(
    'A whole number of column a b has too many digits: 170141183460469231731687303715884105727.',
  )
  expect(say(messages[8][0])).toBe('A whole number has too many digits: -170141183460469231731687303715884105727.')
  expect(say('Invalid Input Error: millrace: no value in required column tags')).toContain('Column tags is required')
})

test('a damaged file of a table is told with its table, by its name in the message or by its size', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-damaged-'))
  const path = join(folder, 'a.parquet')
  writeFileSync(path, 'PAR1-PAR1')
  const file = { path, rows: 1, bytes: 9, partition: [], spec: 0, schema: 0, stats: {} }
  const scanOf = (bytes: number): Scan => ({
    via: 'files',
    table: 'silver.orders',
    fields: [],
    groups: [{ fields: [], files: [{ ...file, bytes }] }],
    total: { files: 1, rows: 1, bytes },
  })
  const view: Scan = { via: 'query', query: { sql: '', inputs: { 'silver.orders': scanOf(9) }, params: {} } }
  const told = [
    `Invalid Input Error: No magic bytes found at end of file '${path}'\n\nLINE 1: ...`,
    `Invalid Input Error: File '${path}' too small to be a Parquet file`,
    `Invalid Input Error: Footer length error in file '${path}'`,
    `Invalid Input Error: Failed to read file "${path}": Snappy decompression failure`,
    `${path} is not a Parquet file`,
    `Invalid Input Error: Invalid string encoding found in Parquet file "${path}": value "\\xCE" is not valid UTF8!`,
    'Invalid Error: TProtocolException: Invalid data',
    'Invalid Error: Failed to decompress GZIP block: data error',
    `IO Error: Cannot open file "${path}": No such file or directory`,
  ]
  for (const message of told)
    expect(issuesOf(new Error(message), 0, [view])).toMatchObject([
      { code: 'lake/corrupt', params: { path, table: 'silver.orders' } },
    ])
  const gone = new MillraceError(issue('engine/input-vanished', { path: `file://${path}` }))
  expect(issuesOf(gone, 0, [view])).toMatchObject([{ code: 'lake/corrupt', params: { table: 'silver.orders' } }])
  const silent = new Error('Invalid Error: out of range')
  expect(issuesOf(silent, 0, [scanOf(9)])).toMatchObject([{ code: 'engine/query-failed' }])
  const zeroed = join(folder, 'zeroed.parquet')
  writeFileSync(zeroed, Buffer.alloc(9))
  const other = { ...scanOf(9), groups: [{ fields: [], files: [{ ...file, path: zeroed }] }] } as Scan
  expect(issuesOf(silent, 0, [scanOf(9), other])).toMatchObject([{ code: 'lake/corrupt', params: { path: zeroed } }])
  // Of two that look whole nobody knows which it is.
  const senseless = new Error('Invalid Error: TProtocolException: Invalid data')
  expect(issuesOf(senseless, 0, [scanOf(9), scanOf(9)])).toMatchObject([{ code: 'engine/query-failed' }])
  const [cut] = issuesOf(silent, 0, [scanOf(30)])
  expect(cut === undefined ? '' : describeIssue(cut)).toMatchObject({
    message: `${path}, a file of silver.orders, cannot be read: it has 9 bytes, and was written with 30`,
    fix: expect.stringContaining('`millrace run --full-refresh --select silver.orders`') as string,
  })
  rmSync(folder, { recursive: true })
})

test('a coded error stays what it is', () => {
  const own = issue('files/exists', { path: 'a.csv' })
  expect(issuesOf(new MillraceError(own), 0)).toEqual([own])
})
