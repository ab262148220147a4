// Laws of the hashes over random selects: how a select is written changes nothing, a filter changes the rows, and an expression
// changes its own column and what is made of it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fixtures } from './binding.ts'

const fixtures = await Fixtures.open()

/** An expression over some columns, by their places. */
interface Expression {
  readonly of: readonly number[]
  readonly shape: number
  readonly number: number
}

/** Columns made of a table's, and columns made of those; with a filter below and one above. */
interface Select {
  readonly inner: readonly Expression[]
  readonly below: Expression
  readonly outer: readonly Expression[]
  readonly above: Expression
}

/** How a select is written. */
interface Style {
  readonly upper: boolean
  readonly gap: string
  readonly table: string
  readonly names: readonly string[]
  readonly qualified: boolean
  readonly parentheses: boolean
}

const expression = (columns: number): fc.Arbitrary<Expression> =>
  fc.record({
    of: fc.array(fc.nat(columns - 1), { minLength: 1, maxLength: 2 }),
    shape: fc.nat(3),
    number: fc.integer({ min: 2, max: 50 }),
  })

const select: fc.Arbitrary<Select> = fc.record({
  inner: fc.array(expression(2), { minLength: 3, maxLength: 3 }),
  below: expression(2),
  outer: fc.array(expression(3), { minLength: 1, maxLength: 4 }),
  above: expression(3),
})

const style: fc.Arbitrary<Style> = fc.record({
  upper: fc.boolean(),
  gap: fc.constantFrom(' ', '\n', '\n\t  ', ' /* note */ ', ' -- to the end\n'),
  table: fc.constantFrom('s', 'other', '"a b"'),
  names: fc.constantFrom(['a', 'b', 'c'], ['z', 'y', 'x'], ['"one two"', 'a', 'b']),
  qualified: fc.boolean(),
  parentheses: fc.boolean(),
})

const plain: Style = {
  upper: false,
  gap: ' ',
  table: 's',
  names: ['a', 'b', 'c'],
  qualified: false,
  parentheses: false,
}

function text({ of, shape, number }: Expression, names: readonly string[], { gap, parentheses }: Style): string {
  const [one, other] = of.map((at) => names[at])
  const shapes = [
    `${one} + ${number}`,
    `${one}${gap}* ${number}`,
    `case when ${one} > ${number} then ${one} else 0 end`,
    `coalesce(${one},${gap}${number})`,
  ]
  const made = other === undefined ? shapes[shape] : `${shapes[shape]} + ${other}`
  return parentheses ? `((${made}))` : (made ?? '')
}

function sqlOf({ inner, below, outer, above }: Select, how: Style): string {
  const { gap, table, names, qualified } = how
  const word = (name: string): string => (how.upper ? name.toUpperCase() : name)
  const seen = qualified ? names.map((name) => `${table}.${name}`) : names
  const base = ['qty', 'fee']
  const list = (all: readonly Expression[], from: readonly string[], as: (at: number) => string): string =>
    all.map((one, at) => `${text(one, from, how)} ${word('as')} ${as(at)}`).join(`,${gap}`)
  const within = [
    `${word('select')} ${list(inner, base, (at) => names[at] ?? '')}`,
    `${word('from')} sale ${word('where')} ${text(below, base, how)} < 100`,
  ].join(gap)
  return [
    `${word('select')} ${list(outer, seen, (at) => `out${at}`)}`,
    `${word('from')} (${within}) ${word('as')} ${table}`,
    `${word('where')} ${text(above, seen, how)} < 200`,
  ].join(gap)
}

async function hashes(one: Select, how: Style = plain): Promise<{ rows: string; columns: readonly string[] }> {
  const { rows, hashes: columns } = await fixtures.sound(sqlOf(one, how))
  return { rows, columns }
}

const other = (one: Expression): Expression => ({ ...one, number: one.number + 1 })
const runs = { numRuns: 100 }

test('gaps, comments, case, aliases and parentheses change no hash', async () => {
  const law = fc.asyncProperty(select, style, async (one, how) => {
    expect(await hashes(one, how)).toEqual(await hashes(one))
  })
  await fc.assert(law, runs)
})

test('another filter, below or above, changes the rows and no column', async () => {
  const law = fc.asyncProperty(select, fc.constantFrom('below', 'above'), async (one, which) => {
    const [before, after] = [await hashes(one), await hashes({ ...one, [which]: other(one[which]) })]
    expect(after.rows).not.toBe(before.rows)
    expect(after.columns).toEqual(before.columns)
  })
  await fc.assert(law, runs)
})

test('another expression changes the columns that are made of it, and the rows where a filter reads it', async () => {
  const law = fc.asyncProperty(select, fc.nat(2), async (one, at) => {
    const inner = one.inner.with(at, other(one.inner[at] as Expression))
    const [before, after] = [await hashes(one), await hashes({ ...one, inner })]
    const changed = after.columns.map((hash, i) => hash !== before.columns[i])
    expect(changed).toEqual(one.outer.map(({ of }) => of.includes(at)))
    expect(after.rows !== before.rows).toBe(one.above.of.includes(at))
  })
  await fc.assert(law, runs)
})

test('another expression on top changes its own column only', async () => {
  const law = fc.asyncProperty(select, fc.nat(3), async (one, at) => {
    const place = at % one.outer.length
    const outer = one.outer.with(place, other(one.outer[place] as Expression))
    const [before, after] = [await hashes(one), await hashes({ ...one, outer })]
    const changed = after.columns.map((hash, i) => hash !== before.columns[i])
    expect([changed, after.rows]).toEqual([one.outer.map((_, i) => i === place), before.rows])
  })
  await fc.assert(law, runs)
})
