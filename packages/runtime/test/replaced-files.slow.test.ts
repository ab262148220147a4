// A source whose table is replaced shows all files that are there, however many runs they took to arrive, and once each.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Lab, type Row, said } from './support/bench.ts'
import { csvSource, makeProject, removeProjects, writeFiles } from './support/project.ts'

let lab: Lab
afterEach(async () => {
  await lab.close()
  removeProjects()
})

function labOf(write: string, changed: string): Lab {
  const source = csvSource('raw.it', { id: 'int64' })
    .replace("write: 'append'", `write: '${write}'`)
    .replace("/*.csv' }", `/*.csv', changed: '${changed}' }`)
  return new Lab(
    makeProject({ 'tables/raw/it.ts': source, 'in/raw.it/a.csv': 'id\n1\n2\n', 'in/raw.it/b.csv': 'id\n7\n' }),
  )
}

const drop = (name: string, text: string): void => writeFiles(lab.root, { [`in/raw.it/${name}`]: text })
const ids = async (): Promise<readonly unknown[]> =>
  (await lab.rows('select id from raw.it order by id')).map((row: Row) => row['id'])

test('a file that changed is landed anew beside the others, a new one is added to them', async () => {
  lab = labOf('replace', 'reload')
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await ids()).toEqual([1, 2, 7])
  drop('a.csv', 'id\n1\n2\n3\n')
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await ids()).toEqual([1, 2, 3, 7])
  drop('c.csv', 'id\n9\n')
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await ids()).toEqual([1, 2, 3, 7, 9])
  expect((await lab.run()).plan.steps).toEqual([])
})

test('a file that is gone leaves with the next one that comes; while none is there the table stays', async () => {
  lab = labOf('replace', 'reload')
  expect(said(await lab.run())).toEqual(['ok'])
  rmSync(join(lab.root, 'in/raw.it/b.csv'))
  expect((await lab.run()).plan.steps).toEqual([])
  expect(await ids()).toEqual([1, 2, 7])
  drop('c.csv', 'id\n9\n')
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await ids()).toEqual([1, 2, 9])
})

test('a file that is gone leaves at once where the table is asked to be landed anew', async () => {
  lab = labOf('replace', 'refuse')
  expect(said(await lab.run())).toEqual(['ok'])
  rmSync(join(lab.root, 'in/raw.it/b.csv'))
  const refresh = { plan: { fullRefresh: true, select: ['raw.it'] } }
  expect(said(await lab.run(refresh))).toEqual(['ok'])
  expect(await ids()).toEqual([1, 2])
  rmSync(join(lab.root, 'in/raw.it/a.csv'))
  expect(said(await lab.run(refresh))).toEqual(['failed', 'files/none'])
  expect(await ids()).toEqual([1, 2])
})

test('a changed file is refused where that is asked for, and nothing is replaced', async () => {
  lab = labOf('replace', 'refuse')
  expect(said(await lab.run())).toEqual(['ok'])
  drop('a.csv', 'id\n5\n')
  expect(said(await lab.run())).toEqual(['failed', 'files/changed'])
  expect(await ids()).toEqual([1, 2, 7])
})

test('a table that only grows cannot take a changed file in: its rows would stand there twice', async () => {
  lab = labOf('append', 'reload')
  const ran = await lab.run()
  expect(said(ran)).toEqual(['failed', 'files/bad-option'])
  expect(String(ran.issues[0]?.params['expected'])).toContain('`write: replace`')
})
