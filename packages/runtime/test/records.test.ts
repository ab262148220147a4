import { expect, test } from 'vitest'
import { describeIssue, issue } from '@millrace/core'
import { RecordError, recordsIn, rowsIn } from '../src/code/records.ts'

/** What is said of records, or the records. */
async function told(records: AsyncIterable<unknown>): Promise<unknown> {
  const taken: unknown[] = []
  try {
    for await (const one of records) taken.push(one)
    return taken
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return [error.record, error.received]
  }
}

test('a source gives rows, positions and Arrow, from a function that yields them or a list', async () => {
  const records = [{ row: { id: 1n } }, { position: '1' }, { arrow: Uint8Array.of(1) }]
  expect(await told(recordsIn(records))).toEqual(records)
  expect(await told(recordsIn(records.values()))).toEqual(records)
})

test.each([
  [
    [{ row: {} }, { id: 1n }],
    [2, '{"id":"1"}'],
  ],
  [[{ rows: [{ id: 1 }] }], [1, '{"rows":[{"id":1}]}']],
  [[null], [1, 'null']],
  [[{ row: null }], [1, '{"row":null}']],
  [[{ row: [1] }], [1, '{"row":[1]}']],
  [[{ position: 7 }], [1, '{"position":7}']],
  [[{ row: {}, position: '1' }], [1, '{"row":{},"position":"1"}']],
  [[{ arrow: 'bytes' }], [1, '{"arrow":"bytes"}']],
  [undefined, [0, 'undefined']],
  [{ row: {} }, [0, '{"row":{}}']],
])('a source that gives %o is told which record is wrong', async (given, wrong) => {
  expect(await told(recordsIn(given))).toEqual(wrong)
})

test('a model and a check give rows', async () => {
  expect(await told(rowsIn([{ id: 1n }]))).toEqual([{ row: { id: 1n } }])
  expect(await told(rowsIn([{ id: 1n }, null]))).toEqual([2, 'null'])
  expect(await told(rowsIn([[1]]))).toEqual([1, '[1]'])
  expect(await told(rowsIn(null))).toEqual([0, 'null'])
})

test.each([
  [rowsIn(null), 'Give a list of rows or a function that yields them.'],
  [recordsIn(1), 'Give a list of records or a function that yields { row: { ... } }.'],
  [
    recordsIn([{ row: {}, position: '1' }]),
    'Give one of { row: { column: value } }, { position: "text" } or { arrow: bytes } in each yield.',
  ],
])('what is advised is a sentence', async (records, advice) => {
  const error = await records.next().catch((one: unknown) => one)
  if (!(error instanceof RecordError)) throw error
  const { record, received, expected } = error
  expect(describeIssue(issue('run/bad-record', { file: 'a.ts', record, received, expected })).fix).toBe(advice)
})
