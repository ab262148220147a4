import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { dataOf } from '../src/schema/view.ts'
import { viewOfYaml } from '../src/schema/yaml.ts'

const plain = fc.constantFrom(
  'a b',
  'a # note',
  '&a v',
  '!!str 1',
  'x: ',
  ...String.raw`~ null True false yes 0 -7 +3 0o17 0x1F 1.5 .5 5. 1e3 .inf -.INF 1_000 2024-01-01 1.2.3 it's 9007199254740993
  -9223372036854775808 01 . + -x 00:30 x: *a "a\nb" 'it''s' " # [ } , @ %`.split(/\s+/),
)

// As settings write them: what stands there is the key.
const key = fc.constantFrom('a', 'true', 'b_1', '"c d"', "'e'", 'not null')

const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { weight: 4, arbitrary: plain },
    fc.array(tie('value'), { maxLength: 3 }).map((of) => `[${of.join(', ')}]`),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 3 })
      .map((of) => `{ ${of.map((one) => one.join(': ')).join(', ')} }`),
  ),
})).value

const block: fc.Arbitrary<string> = fc
  .array(
    fc.tuple(
      fc.constantFrom('a', 'b', 'c-d', '"e f"'),
      fc.constantFrom(' ', '\n  ', '\n  - ', ' |\n  ', ' >-\n  '),
      value,
    ),
  )
  .map((of) => of.map(([name, between, own], i) => `${name}${i}:${between}${own}`).join('\n'))

/** What the reference implementation makes of a text; null where it finds a mistake. */
function reference(text: string): { readonly value: unknown } | null {
  try {
    return { value: parse(text, { uniqueKeys: false, intAsBigInt: false, logLevel: 'silent' }) }
  } catch {
    return null
  }
}

function ours(text: string): { readonly value: unknown } | null {
  try {
    return { value: dataOf(viewOfYaml(text)) }
  } catch {
    return null
  }
}

/** Numbers past 2^53 keep their digits here and not there; an empty text is an empty map here. */
const comparable = (of: unknown): string =>
  JSON.stringify(of ?? {}, (_, one: unknown) =>
    typeof one === 'bigint' ? Number(one) : typeof one === 'number' && !Number.isFinite(one) ? String(one) : one,
  )

test('what both call YAML means the same to both', () => {
  let compared = 0
  fc.assert(
    fc.property(fc.oneof(value, block), (text) => {
      const [own, theirs] = [ours(text), reference(text)]
      if (own === null || theirs === null) return
      compared++
      expect(comparable(own.value)).toBe(comparable(theirs.value))
    }),
    { numRuns: 3000 },
  )
  expect(compared).toBeGreaterThan(1000)
})

test.each([
  ['1234567890123456789.5', '1234567890123456789.5'],
  ['+0.12345678901234567890', '0.12345678901234567890'],
  ['-.00000000001234567890123456789', '-.00000000001234567890123456789'],
  ['1234567890123456.5', 1234567890123456.5],
  ['0.00000000000000000000001234', 1.234e-23],
  ['1.10', 1.1],
  ['000.000', 0],
  ['1e3', 1000],
])('%s keeps its digits: where a double has not all of them it is its text', (text, kept) => {
  expect(dataOf(viewOfYaml(text))).toBe(kept)
})
