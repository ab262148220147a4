import { expect, test } from 'vitest'
import { unpackEdges } from '../src/facts.ts'
import { Fixtures } from './binding.ts'
import { flows } from './fixtures/flows.ts'

const fixtures = await Fixtures.open()

const sorted = (text: string): string => text.split(' ').toSorted().join(' ')

/** `table.column:kind` per output, and under `rows` what decides which rows there are. */
async function flowOf(sql: string): Promise<Record<string, string>> {
  const facts = await fixtures.sound(sql)
  const all = unpackEdges(facts)
  const edges = (to: number): string =>
    all
      .filter((edge) => edge.to === to)
      .flatMap((edge) =>
        to >= 0 && 'decides' in edge
          ? []
          : [`${edge.from.replace('main.', '')}:${'by' in edge ? edge.by : edge.decides}`],
      )
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
  expect(unpackEdges(facts).toSorted((a, b) => (a.from < b.from ? -1 : 1))).toEqual([
    { from: 'main.item.cost', to: 0, decides: 'filter' },
    { from: 'main.sale.qty', to: 0, decides: 'filter' },
  ])
})
