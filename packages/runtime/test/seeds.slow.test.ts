// Small tables that lie in the project itself: landed as they are declared, and again when they change.
import { afterAll, afterEach, expect, test } from 'vitest'
import { planWork } from '@millrace/runtime'
import { Lab, said, steps } from './support/bench.ts'
import { promoted } from './support/promoting.ts'
import { makeProject, model, removeProjects } from './support/project.ts'

let lab: Lab
afterEach(async () => await lab.close())
afterAll(removeProjects)

test('seeds of both formats are tables; an edited one is landed anew, with what reads it, and a bad record is kept apart', async () => {
  lab = new Lab(
    makeProject({
      'seeds/ref/countries.csv': 'code,name,n\nDE,"Germ,any",1\nAT,,9007199254740993\n',
      'seeds/ref/countries.yaml': 'columns: { code: string, name: string, n: int64 }\n',
      'seeds/ref/extra.json': '[{"k": 1, "v": {"a": [1, 2]}}, {"k": 2}]',
      'seeds/ref/extra.yaml': 'columns: { k: int64, v: json }\n',
      'tables/t/names.sql': model('write: replace', 'select code from ref.countries where name is not null'),
    }),
  )
  expect(said(await lab.run())).toEqual(['ok'])
  const first = [
    { code: 'AT', name: null, n: '9007199254740993' },
    { code: 'DE', name: 'Germ,any', n: 1 },
  ]
  expect(await lab.rows('from ref.countries order by code')).toEqual(first)
  expect(await lab.rows('from ref.extra order by k')).toEqual([
    { k: 1, v: { a: [1, 2] } },
    { k: 2, v: null },
  ])
  expect(await lab.plan()).toEqual([])

  await lab.edit({ 'seeds/ref/countries.csv': 'code,name,n\nDE,Germany,one\nAT,Austria,2\n' })
  const told: unknown[] = []
  const ran = await lab.run({
    onEvent: (event) => {
      if (event.type === 'rows.rejected') told.push([event.table, event.kept, event.rows])
    },
  })
  expect([ran.status, told]).toEqual(['ok', [['ref.countries', 'ref.countries__rejects', 1]]])
  expect(await lab.rows('from ref.countries')).toEqual([{ code: 'AT', name: 'Austria', n: 2 }])
  expect(await lab.rows('select line, "column", raw from ref.countries__rejects')).toEqual([
    { line: 2, column: 'n', raw: 'DE,Germany,one' },
  ])

  await lab.edit({ 'seeds/ref/countries.csv': 'code,name,n\nFR,France,3\n' })
  const { plan } = await planWork(await lab.workspace(), {})
  expect(steps(plan)).toEqual(['ref.countries: load', 't.names: run'])
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await lab.rows('from ref.countries')).toEqual([{ code: 'FR', name: 'France', n: 3 }])
  expect(await lab.rows('from t.names')).toEqual([{ code: 'FR' }])
  expect(await lab.plan()).toEqual([])
})

test('an edited seed is promoted, with what reads it', async () => {
  lab = new Lab(
    makeProject(
      {
        'seeds/ref/countries.csv': 'code\nDE\n',
        'seeds/ref/countries.yaml': 'columns: { code: string }\n',
        'tables/t/names.sql': model('write: replace', 'select code from ref.countries'),
      },
      `prod: {}, dev: { base: 'prod' }`,
    ),
  )
  expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
  await lab.edit({ 'seeds/ref/countries.csv': 'code\nFR\n' })
  expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
  expect(await promoted(await lab.workspace('dev'), 'dev', 'prod')).toEqual([
    'ref.countries: fast-forward',
    't.names: fast-forward',
  ])
  expect(await lab.rows('from t.names', 'prod')).toEqual([{ code: 'FR' }])
  const { plan } = await planWork(await lab.workspace('prod'), {})
  expect(steps(plan)).toEqual([])
})
