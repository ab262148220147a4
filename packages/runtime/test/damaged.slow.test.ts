// A table whose newest metadata is damaged can be built from nothing, where that is asked for; nothing else touches it.
import { writeFileSync } from 'node:fs'
import type { TableName } from '@millrace/core'
import { toPath } from '@millrace/lake'
import { afterEach, expect, test } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { makeProject, model, removeProjects } from './support/project.ts'

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
