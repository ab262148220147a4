// The same rows give the same table, in whatever order they come: nothing but their values may decide between equally new ones.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, Folder } from '../packages/cli/test/command.ts'

const folder = new Folder()

const rows = Array.from(
  { length: 40 },
  (_, i) => `(${i % 5}, 'note ${i}', timestamp '2026-01-0${(i % 2) + 1}', ${i}.5)`,
)

const model = (write: string, values: readonly string[]): string => `/* millrace
write: ${write}
*/
select id, note, seen, amount from (values ${values.join(', ')}) as v(id, note, seen, amount)
`

beforeAll(async () => {
  const write = '{ merge: id, newest: seen }'
  folder.write({
    'millrace.config.ts': config,
    'tables/silver/forward.sql': model(write, rows),
    'tables/silver/backward.sql': model(write, rows.toReversed()),
  })
  await folder.prepare('run')
})

afterAll(() => folder.remove())

test('a merge decides between equally new rows by their values', async () => {
  const ask = async (which: string): Promise<readonly object[]> =>
    await folder.json('query', `from silver.${which} order by id`)
  const forward = await ask('forward')
  expect(forward.length).toBe(5)
  expect(await ask('backward')).toEqual(forward)
})
