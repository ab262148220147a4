// A source with so many landed files that its position lies in a file of its own: each lands once, whatever happens.
import { readFileSync } from 'node:fs'
import { promote } from '@millrace/runtime'
import { afterAll, afterEach, expect, test } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { command, start } from './support/command.ts'
import { csvSource, makeProject, removeProjects, writeFiles } from './support/project.ts'

afterAll(removeProjects)
afterEach(async () => await lab.close())
let lab: Lab

function drop(root: string, from: number, count: number): void {
  const names = Array.from({ length: count }, (_, at) => from + at)
  writeFiles(root, Object.fromEntries(names.map((at) => [`in/raw.rows/${at}.csv`, `id\n${at}\n`])))
}

const counted = async (env: string): Promise<unknown> =>
  (await lab.rows('select count(*) as n, count(distinct id) as ids from raw.rows', env))[0]

test('they land once: in later runs, after a kill, in an environment and after its promotion', async () => {
  const root = makeProject(
    { 'tables/raw/rows.ts': csvSource('raw.rows', { id: 'int64' }) },
    `prod: {}, dev: { base: 'prod' }`,
  )
  lab = new Lab(root)
  drop(root, 0, 300)
  expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
  const { lakehouse } = await lab.workspace('prod')
  const ref = (await lakehouse.catalog.resolve('prod')).get('raw.rows')
  const metadata = readFileSync((ref?.version ?? '').replace('file://', ''), 'utf8')
  expect([metadata.includes('millrace.position'), metadata.includes('299.csv')]).toEqual([true, false])
  expect(await lab.plan('prod')).toEqual([])
  await lab.close()
  drop(root, 300, 2)
  const killed = start(['run', '--project', root, '--env', 'prod'], { MILLRACE_FAILPOINT: 'position:after' })
  expect((await killed.ended).signal).toBe('SIGKILL')
  expect(await counted('prod')).toEqual({ n: 300, ids: 300 })
  await lab.close()
  const { code, err } = await command(['run', '--project', root, '--env', 'prod'])
  expect(code, err).toBe(0)
  expect(await counted('prod')).toEqual({ n: 302, ids: 302 })
  drop(root, 302, 1)
  expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
  const dev = await lab.workspace('dev')
  await promote(dev.lakehouse, dev.graph, 'dev', [])
  expect([await counted('prod'), await lab.plan('prod'), await lab.plan('dev')]).toEqual([{ n: 303, ids: 303 }, [], []])
})
