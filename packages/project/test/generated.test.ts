import { expect, test } from 'vitest'
import { generateTypes } from '../src/index.ts'

test('tables and their columns, in an order that does not hang on how they were given', () => {
  const orders = {
    id: { type: 'int64', required: true },
    lines: { type: { list: { struct: { "it's": { type: 'string' } } } } },
  } as const
  const people = { tags: { type: { map: ['string', 'float64'], required: true } } } as const
  const text = generateTypes({ 'silver.orders': orders, 'bronze.people': people })
  expect(text).toBe(generateTypes({ 'bronze.people': people, 'silver.orders': orders }))
  expect(text.slice(text.indexOf('import'))).toBe(`import 'millrace'

declare module 'millrace' {
  interface Tables {
    'bronze.people': {
      tags: { type: { map: readonly ['string', 'float64']; required: true } }
    }
    'silver.orders': {
      id: { type: 'int64'; required: true }
      lines: { type: { list: { struct: {
        'it\\'s': { type: 'string' }
      } } } }
    }
  }
}
`)
})
