// What a table that appends cannot take from its input, and what to do then. The format is a stand-in that knows one version.
import { describeIssue, issue, MillraceError, type TableRef } from '@millrace/core'
import { expect, test } from 'vitest'
import { appended } from '../src/execute/appended.ts'
import { issuesOf } from '../src/execute/schedule.ts'
import type { TaskContext } from '../src/execute/task.ts'

/** A table `t.kept` that reads what is new in `t.input`, which has forgotten the version it had before. */
function contextOf(): TaskContext {
  const ref: TableRef = { table: 't.input', uuid: 'u', format: 'iceberg', location: 'lake/input', version: '2' }
  const gone = issue('lake/no-version', { location: ref.location, wanted: '1', oldest: '2' })
  const known = {
    versions: () => Promise.resolve([]),
    origin: () => Promise.resolve(null),
    at: () => Promise.reject(new MillraceError(gone)),
    offer: () => Promise.resolve({ via: 'files', fields: [], groups: [], total: { files: 0, bytes: 0 } }),
  }
  const node = {
    id: 't.kept',
    outputs: {},
    replay: 'pure',
    inputs: [{ table: ref.table, mode: 'changes', columns: [] }],
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only these parts are looked at
  return { node, pins: new Map([[ref.table, ref]]), lakehouse: { format: known } } as unknown as TaskContext
}

async function refused(): Promise<readonly unknown[]> {
  const error = await appended(contextOf(), { 't.input': '1' }).catch((caught: unknown) => caught)
  return issuesOf(error, { id: 't.kept' }).map((one) => {
    const { message, fix } = describeIssue(one)
    return [one.code, message, fix]
  })
}

test('what is new since a version that was forgotten is not known', async () => {
  expect(await refused()).toMatchObject([
    ['run/input-forgotten', expect.stringContaining('t.input'), expect.stringContaining('--full-refresh')],
  ])
})

test('what has been read before that is the same has nothing new, and what was never read is left to the whole', async () => {
  expect(await appended(contextOf(), {})).toEqual({})
  expect(await appended(contextOf(), { 't.input': '' })).toEqual({})
})

test('an error that no code is for is said of its task, with where to read on', () => {
  const [one, ...more] = issuesOf(new TypeError('x is not a function'), { id: 't.kept' })
  expect([one?.code, more]).toEqual(['run/failed', []])
  const { message, fix } = one === undefined ? { message: '', fix: '' } : describeIssue(one)
  expect([message, fix.startsWith('Read the log in .millrace/logs')]).toEqual([
    't.kept failed: x is not a function',
    true,
  ])
})
