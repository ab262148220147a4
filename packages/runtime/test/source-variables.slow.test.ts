// Settings of a source that the environment gives: its connector gets the value, and nothing that is kept has it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { planWork } from '@millrace/runtime'
import { Lab, said } from './support/bench.ts'
import { makeProject, removeProjects, writeFiles } from './support/project.ts'

afterAll(removeProjects)
afterEach(async () => {
  vi.unstubAllEnvs()
  await lab.close()
})
let lab: Lab

const source = `import { defineSource, env } from 'millrace'
export default defineSource({
  name: 'things',
  connector: 'files',
  config: { path: [env('MILLRACE_TEST_WHERE'), 'in/b/*.csv'], nullText: env('MILLRACE_TEST_NULL') },
  tables: { 'raw.things': { write: 'append', columns: { id: { type: 'int64' }, name: { type: 'string' } } } },
})
`
const secret = 'no-such-thing-4711'
const rows = async (env?: string): Promise<unknown> => await lab.rows('select * from raw.things order by id', env)

function kept(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  return files.map((one) => join(one.parentPath, one.name))
}

test('a connector gets the values of the variables that are named, and plans and tables hold the names', async () => {
  const root = makeProject({
    'tables/raw/things.ts': source,
    'in/a/1.csv': `id,name\n1,one\n2,${secret}\n`,
    'in/b/1.csv': 'id,name\n3,three\n',
  })
  lab = new Lab(root)
  vi.stubEnv('MILLRACE_TEST_WHERE', 'in/a/*.csv')
  const { seen } = await planWork(await lab.workspace(), {})
  expect(seen.problems.map(({ issue }) => [issue.code, issue.params])).toEqual([
    ['run/no-variable', { source: 'things', name: 'MILLRACE_TEST_NULL' }],
  ])
  expect(said(await lab.run())).toEqual(['failed', 'run/no-variable'])
  vi.stubEnv('MILLRACE_TEST_NULL', secret)
  expect(said(await lab.run())).toEqual(['ok'])
  const all = [
    { id: 1, name: 'one' },
    { id: 2, name: null },
    { id: 3, name: 'three' },
  ]
  expect(await rows()).toEqual(all)
  expect(kept(join(root, '.millrace')).filter((file) => readFileSync(file).includes(secret))).toEqual([])
  // Another value is no other definition: what is there stays, and what comes is read by it.
  vi.stubEnv('MILLRACE_TEST_NULL', 'four')
  expect(await lab.plan()).toEqual([])
  writeFiles(root, { 'in/a/2.csv': 'id,name\n4,four\n' })
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await rows()).toEqual([...all, { id: 4, name: null }])
})
