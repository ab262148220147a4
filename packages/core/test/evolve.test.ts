import { assignIds, columnsOf, type Columns, evolve, type Field, leavesOf } from '@millrace/core'
import { expect, test } from 'vitest'

const base: Columns = {
  id: { type: 'int32', required: true },
  price: { type: 'decimal(9,2)' },
  place: { type: { struct: { city: { type: 'string' }, zip: { type: 'int32' } } } },
  tags: { type: { list: 'float32' } },
  props: { type: { map: ['string', 'int32'], required: true } },
}
const { fields, last } = assignIds(base, 0)

const evolved = (columns: Columns, rewritten = false): readonly Field[] => {
  const result = evolve(fields, columns, { last, rewritten })
  if ('fields' in result) return result.fields
  throw new Error(result.map((one) => one.code).join())
}
const codes = (columns: Columns): readonly unknown[] => {
  const result = evolve(fields, columns, { last, rewritten: false })
  return 'fields' in result ? [] : result.map((one) => [one.code, one.params['column']])
}

test('every column and everything inside gets an id of its own', () => {
  expect(leavesOf(fields).map((leaf) => [leaf.path.join('.'), leaf.field.id, leaf.repeated])).toEqual([
    ['id', 1, false],
    ['price', 2, false],
    ['place.city', 6, false],
    ['place.zip', 7, false],
    ['tags.element', 8, true],
    ['props.key', 9, true],
    ['props.value', 10, true],
  ])
  expect(columnsOf(fields)).toEqual(base)
})

test('the same columns are the same fields', () => {
  expect(evolved(base)).toEqual(fields)
})

test('a rename keeps its id, a new column gets the next, a dropped one is gone', () => {
  const next = evolved({ order_id: { type: 'int64', was: 'id' }, extra: { type: 'string' } })
  expect(next).toEqual([
    { id: 1, name: 'order_id', required: false, type: 'int64' },
    { id: 11, name: 'extra', required: false, type: 'string' },
  ])
})

test('a definition keeps its `was` after the rename', () => {
  const renamed = evolved({ order_id: { type: 'int32', was: 'id' } })
  const again = evolve(renamed, { order_id: { type: 'int32', was: 'id' } }, { last, rewritten: false })
  expect(again).toEqual({ fields: renamed, last })
})

test('a new column may take the name that a rename has left', () => {
  const next = evolved({ id: { type: 'string' }, old_id: { type: 'int32', was: 'id' } })
  expect(next.map((field) => [field.id, field.name])).toEqual([
    [11, 'id'],
    [1, 'old_id'],
  ])
})

test('nested fields evolve by the same rules', () => {
  const next = evolved({
    place: {
      type: { struct: { town: { type: 'string', was: 'city' }, zip: { type: 'int64' }, land: { type: 'string' } } },
    },
    tags: { type: { list: 'float64' } },
    props: { type: { map: ['string', 'int64'] } },
  })
  const ids = leavesOf(next).map((leaf) => [leaf.path.join('.'), leaf.field.id, leaf.field.type])
  expect(ids).toEqual([
    ['place.town', 6, 'string'],
    ['place.zip', 7, 'int64'],
    ['place.land', 11, 'string'],
    ['tags.element', 8, 'float64'],
    ['props.key', 9, 'string'],
    ['props.value', 10, 'int64'],
  ])
})

test('all that readers could not survive is said at once', () => {
  expect(
    codes({
      id: { type: 'string' },
      price: { type: 'decimal(9,3)', required: true },
      place: { type: { struct: { city: { type: 'int32' }, zip: { type: 'int32', required: true } } } },
      must: { type: 'string', required: true },
    }),
  ).toEqual([
    ['lake/type-changed', 'id'],
    ['lake/type-changed', 'price'],
    ['lake/required-added', 'price'],
    ['lake/type-changed', 'place.city'],
    ['lake/required-added', 'place.zip'],
    ['lake/required-added', 'must'],
  ])
  expect(codes({ id: { type: 'int32' }, price: { type: 'decimal(9,2)', was: 'id' } })).toEqual([
    ['lake/rename-unclear', 'price'],
  ])
})

test('dates do not become timestamps, and numbers do not narrow', () => {
  const from = (type: 'date' | 'int64'): readonly Field[] => [{ id: 1, name: 'x', required: false, type }]
  expect(evolve(from('date'), { x: { type: 'timestamp' } }, { last: 1, rewritten: false })).toMatchObject([
    { code: 'lake/type-changed' },
  ])
  expect(evolve(from('int64'), { x: { type: 'int32' } }, { last: 1, rewritten: false })).toMatchObject([
    { code: 'lake/type-changed' },
  ])
})

test('when every row is written anew a column may become anything, under a new id', () => {
  const next = evolved({ id: { type: 'string', required: true }, price: { type: 'decimal(12,2)' } }, true)
  expect(next).toEqual([
    { id: 11, name: 'id', required: true, type: 'string' },
    { id: 2, name: 'price', required: false, type: 'decimal(12,2)' },
  ])
})

test('a name in another case is the same column, unless there are two of them', () => {
  const field = (id: number, name: string): Field => ({ id, name, required: false, type: 'int64' })
  const options = { last: 4, rewritten: false }
  const column = { type: 'int64' } as const
  expect(evolve([field(1, 'Id'), field(2, 'n')], { ID: column, n: column }, options)).toEqual({
    fields: [field(1, 'ID'), field(2, 'n')],
    last: 4,
  })
  expect(evolve([field(1, 'Id'), field(2, 'ID')], { ID: column, Id: column }, options)).toEqual({
    fields: [field(2, 'ID'), field(1, 'Id')],
    last: 4,
  })
  expect(evolve([field(1, 'Id'), field(2, 'ID')], { id: column }, options)).toEqual({
    fields: [field(5, 'id')],
    last: 5,
  })
  expect(evolve([field(1, 'Id')], { total: { ...column, was: 'ID' } }, options)).toEqual({
    fields: [field(1, 'total')],
    last: 4,
  })
  expect(evolve([field(1, 'id')], { ID: { ...column, was: 'id' } }, options)).toEqual({
    fields: [field(1, 'ID')],
    last: 4,
  })
})
