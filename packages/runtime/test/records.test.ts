import { expect, test } from 'vitest'
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
