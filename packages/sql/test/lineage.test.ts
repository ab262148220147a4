import { expect, test } from 'vitest'
import { Fixtures } from './binding.ts'
import { flows } from './fixtures/flows.ts'

const fixtures = await Fixtures.open()

const sorted = (text: string): string => text.split(' ').toSorted().join(' ')

/** `table.column:kind` per output, and under `rows` what decides which rows there are. */
async function flowOf(sql: string): Promise<Record<string, string>> {
  const facts = await fixtures.sound(sql)
  const edges = (to: number): string =>
    facts.edges
      .filter((edge) => edge[1] === to && edge[3] === 0)
      .map(([from, , kind]) => `${from.replace('main.', '')}:${kind}`)
      .toSorted()
      .join(' ')
  return { ...Object.fromEntries(facts.columns.map(([name], i) => [name, edges(i)])), rows: edges(-1) }
}

test.each(flows)('the flow of %s', async (sql, want) => {
  const expected = Object.fromEntries(Object.entries(want).map(([name, text]) => [name, sorted(text)]))
  expect(await flowOf(sql)).toEqual(expected)
})

test('a subquery that only decides a column is no value of it', async () => {
  const facts = await fixtures.sound('select qty in (select cost from item) as known from sale')
  expect(facts.edges.filter((edge) => edge[1] === 0)).toEqual(
    [
      ['main.item.cost', 0, 'filter', 1],
      ['main.sale.qty', 0, 'filter', 1],
    ].toSorted((a, b) => String(b[0]).localeCompare(String(a[0]))),
  )
})
