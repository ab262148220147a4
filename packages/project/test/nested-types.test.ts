import { expect, test } from 'vitest'
import { dataType } from '../src/schema/schema.ts'
import { validate } from '../src/schema/validate.ts'
import { viewOfData } from '../src/schema/view.ts'

const read = (type: unknown) => validate(dataType(), viewOfData(type), 'the type')

/** `code where what [candidates]` of each mistake. */
const told = (type: unknown): readonly string[] =>
  read(type).mistakes.map(({ code, params, path, candidates }) => {
    const what = params['text'] ?? params['received'] ?? params['key']
    return `${code} ${path.join('.')} ${String(what)}${candidates === undefined ? '' : ` [${candidates.join()}]`}`
  })

test.each([
  [{ list: 'int64' }, { list: 'int64' }],
  [{ list: 'map<string, int64>' }, { list: { map: ['string', 'int64'] } }],
  [
    { map: ['string', { list: 'date' }], required: true },
    { map: ['string', { list: 'date' }], required: true },
  ],
  // As for columns, a type alone stands for a field.
  [{ struct: { a: 'int32' } }, { struct: { a: { type: 'int32' } } }],
  [{ struct: { a: { type: 'int32', required: true } } }, { struct: { a: { type: 'int32', required: true } } }],
])('%j is a type', (written, type) => {
  expect(read(written)).toEqual({ value: type, mistakes: [] })
})

test.each([
  [{ list: 'foo' }, ['project/unknown-type list foo']],
  [{ list: {} }, ['project/wrong-value list a map']],
  [{ list: ['int64'] }, ['project/wrong-value list a list']],
  [{ map: 'int64' }, ['project/wrong-value map `int64`']],
  [{ map: ['string'] }, ['project/wrong-value map a list']],
  [{ map: ['string', 'in64'] }, ['project/unknown-type map.2 in64 [int64,int8,uint64]']],
  [{ struct: ['a'] }, ['project/wrong-value struct a list']],
  [{ struct: {} }, ['project/wrong-value struct a map']],
  [{ struct: { a: { typ: 'int32' } } }, ['project/unknown-key struct.a.typ typ [type]']],
  [
    { struct: { a: { list: { list: 'decimal(50,2)' } } } },
    ['project/unknown-type struct.a.list.list decimal(50,2) [decimal(12,2)]'],
  ],
  [
    { struct: { a: 'in32', b: { type: 'strin' } } },
    ['project/unknown-type struct.a in32 [int32,int8]', 'project/unknown-type struct.b.type strin [string]'],
  ],
])('%j is none, and each mistake is told at its place', (written, mistakes) => {
  expect(told(written)).toEqual(mistakes)
  expect(read(written).value).toBeUndefined()
})
