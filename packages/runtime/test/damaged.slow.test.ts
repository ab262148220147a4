// A table whose newest metadata is damaged can be built from nothing, where that is asked for; nothing else touches it.
import { readFileSync, writeFileSync } from 'node:fs'
import { describeIssue, type TableName } from '@millrace/core'
import { toPath } from '@millrace/lake'
import { afterEach, expect, test } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { csvSource, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

let lab: Lab
afterEach(async () => {
  await lab.close()
  removeProjects()
})

async function damage(table: TableName): Promise<void> {
  const { lakehouse } = await lab.workspace()
  const ref = (await lakehouse.catalog.resolve('dev')).get(table)
  if (ref === undefined) throw new Error(`no ${table}`)
  writeFileSync(toPath(ref.version), 'rubbish')
  // The process that wrote the metadata remembers it.
  await lab.close()
}

const refresh = { fullRefresh: true, select: ['t.*'] }

test.each([
  ['replace', 'write: replace'],
  ['merge', 'write: { merge: id }'],
])('%s', async (_, header) => {
  lab = new Lab(makeProject({ 'tables/t/it.sql': model(header, 'select 1 as id, 1 as v') }))
  expect(said(await lab.run())).toEqual(['ok'])
  await lab.edit({ 'tables/t/it.sql': model(header, 'select 1 as id, 2 as v') })
  expect(said(await lab.run())).toEqual(['ok'])
  await damage('t.it')
  await lab.edit({ 'tables/t/it.sql': model(header, 'select 1 as id, 3 as v') })
  expect(said(await lab.run())).toEqual(['failed', 'lake/corrupt'])
  expect(said(await lab.run({ plan: refresh }))).toEqual(['ok'])
  expect(await lab.rows('from t.it')).toEqual([{ id: 1, v: 3 }])
  expect(await lab.plan()).toEqual([])
})

test('a table of rejects that is damaged begins anew with the table that it belongs to', async () => {
  const root = makeProject({ 'tables/t/rows.ts': csvSource('t.rows', { id: 'int64' }) })
  lab = new Lab(root)
  writeFiles(root, { 'in/t.rows/1.csv': 'id\n1\nx\n' })
  expect(said(await lab.run())).toEqual(['ok'])
  await damage('t.rows__rejects')
  writeFiles(root, { 'in/t.rows/2.csv': 'id\n2\ny\n' })
  expect(said(await lab.run())).toEqual(['failed', 'lake/corrupt'])
  expect(await lab.rows('from t.rows')).toEqual([{ id: 1 }])
  expect(said(await lab.run({ plan: refresh }))).toEqual(['ok'])
  expect(await lab.rows('from t.rows order by id')).toEqual([{ id: 1 }, { id: 2 }])
  expect(await lab.rows('select raw from t.rows__rejects order by raw')).toEqual([{ raw: 'x' }, { raw: 'y' }])
})

test.each([
  ['cut', (bytes: Buffer) => bytes.subarray(0, 100)],
  ['overwritten', (bytes: Buffer) => Buffer.alloc(bytes.length, 'x')],
])('a data file that was %s is told with its table, and what the advice says mends it', async (_, change) => {
  lab = new Lab(
    makeProject({
      'tables/t/it.sql': model('write: replace', 'select 1 as id'),
      'tables/t/over.sql': model('write: replace', 'select id from t.it'),
    }),
  )
  expect(said(await lab.run())).toEqual(['ok'])
  const { lakehouse } = await lab.workspace()
  const ref = (await lakehouse.catalog.resolve('dev')).get('t.it')
  const { groups } = ref === undefined ? { groups: [] } : await lakehouse.format.offer(ref)
  const path = toPath(groups[0]?.files[0]?.path ?? '')
  writeFileSync(path, change(readFileSync(path)))
  await lab.close()
  await lab.edit({ 'tables/t/over.sql': model('write: replace', 'select id + 1 as id from t.it') })
  const { issues } = await lab.run()
  expect(issues).toMatchObject([{ code: 'lake/corrupt', params: { path, table: 't.it' } }])
  expect(issues.map((one) => describeIssue(one).fix).join()).toContain('millrace run --full-refresh --select t.it`')
  expect(said(await lab.run({ plan: { fullRefresh: true, select: ['t.it'] } }))).toEqual(['ok'])
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await lab.rows('from t.over')).toEqual([{ id: 2 }])
})
