import { expect, expectTypeOf, test } from 'vitest'
import { defineCheck, defineModel, defineProject, defineSource, env, type RowFor } from '../src/index.ts'

test('definitions say what they define and keep what they were given', () => {
  const project = defineProject({ name: 'shop', environments: { prod: { state: env('DATABASE_URL') } } })
  expect(project).toEqual({
    defines: 'project',
    name: 'shop',
    environments: { prod: { state: { secret: 'DATABASE_URL' } } },
  })
  expect(defineSource({ connector: 'files', tables: {} })).toEqual({
    defines: 'source',
    connector: 'files',
    tables: {},
  })
  expect(defineCheck({ name: 'x', table: 'a.b', run: () => [] })).toMatchObject({ defines: 'check', table: 'a.b' })
})

test('rows that a model gives are typed by its columns', () => {
  const model = defineModel({
    reads: ['silver.orders'],
    write: { merge: 'id' },
    columns: { id: { type: 'int64', required: true }, tags: { type: { list: 'string' } } },
    *run({ rows }) {
      expectTypeOf(rows<'silver.orders'>)
        .parameter(0)
        .toEqualTypeOf<'silver.orders'>()
      yield { id: 1n, tags: ['a'] }
      yield { id: 2n, tags: null }
    },
  })
  const columns = { id: { type: 'int64', required: true } } as const
  // @ts-expect-error a required column may not be null
  const wrong = defineModel({ reads: [], write: 'view', columns, run: () => [{ id: null }] })
  expect(wrong.defines).toBe('model')
  expect(model.defines).toBe('model')
})

test('rows that a source gives are typed by its columns', () => {
  const source = defineSource({
    columns: { id: { type: 'int64', required: true } },
    *read({ after }) {
      expectTypeOf(after).toEqualTypeOf<string | null>()
      yield { row: { id: 1n } }
      yield { position: '1' }
    },
  })
  // @ts-expect-error a number is no int64
  const wrong = defineSource({ columns: { id: { type: 'int64' } }, read: () => [{ row: { id: 1 } }] })
  expect(wrong.defines).toBe('source')
  expect(source.defines).toBe('source')
})

test('before the generated file is made any table may be named, and its rows are not known', () => {
  expectTypeOf<RowFor<'no.table'>>().toEqualTypeOf<Readonly<Record<string, unknown>>>()
  expect(defineModel({ reads: ['any.thing'], write: 'view', columns: {}, run: () => [] }).reads).toEqual(['any.thing'])
})
