// Versions of many members in little memory: what a batch says and what is known of its members need not fit at once.
import { afterAll, expect, test } from 'vitest'
import { Asker, runIn, said, withWorkspace } from './support/bench.ts'
import { csvSource, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

afterAll(removeProjects)

const values = Array.from({ length: 20 }, (_, i) => `c${i}`)
const made = values.map((name, i) => `(hash(id, seen, ${i}) % 1000)::int as ${name}`)

const lines = (from: number, to: number, at: number): string =>
  ['id,seen', ...Array.from({ length: to - from }, (_, i) => `${from + i},${at}`)].join('\n')

test('a batch about most members is laid among what is known of them', async () => {
  const root = makeProject(
    {
      'tables/raw/rows.ts': csvSource('raw.rows', { id: 'int64', seen: 'int64' }),
      'tables/t/kept.sql': model(
        `write: { history: id, type: 2, changedAt: seen, track: [${values.join(', ')}] }\nreads: { raw.rows: changes }`,
        `select id, seen, ${made.join(', ')} from raw.rows`,
      ),
      'in/raw.rows/1.csv': lines(0, 600_000, 1),
    },
    `dev: { engineMemory: '512MB' }`,
  )
  await withWorkspace(root, undefined, async (workspace) => {
    expect(said(await runIn(workspace))).toEqual(['ok'])
    writeFiles(root, { 'in/raw.rows/2.csv': lines(200_000, 600_000, 2) })
    expect(said(await runIn(workspace))).toEqual(['ok'])
    const asker = await Asker.over(workspace)
    const [shown] = await asker.rows('select count(*) as n, count(*) filter (where is_current) as now from t.kept')
    expect([Number(shown?.['n']), Number(shown?.['now'])]).toEqual([1_000_000, 600_000])
  })
})
