// Rows that only a table still has: whatever an edit makes of it, their loss is asked for first.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describeIssue } from '@millrace/core'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { Lab, type Ran, said } from './support/bench.ts'
import { csvSource, type Files, makeProject, model, removeProjects, writeFiles } from './support/project.ts'
import { plainRows } from './support/rows.ts'

let lab: Lab
afterEach(async () => await lab.close())
afterAll(removeProjects)

const { source, drop } = plainRows

describe('what a table gathered while its source was loaded anew each time', () => {
  const anew = source.replace("write: 'append'", "write: 'replace'")
  const over = 'select id, name, seen from raw.rows'
  const gathering = {
    'tables/t/history.sql': model('write: { history: id, type: 2, changedAt: seen }', over),
    'tables/t/merged.sql': model('write: { merge: id }', over),
  }
  const counts = async (...tables: readonly string[]): Promise<unknown> =>
    await Promise.all(
      tables.map(async (table) => (await lab.rows(`select count(*)::int as n from t.${table}`))[0]?.['n']),
    )
  const codes = ({ issues }: Ran): unknown => issues.map(({ code, params }) => `${code} ${String(params['table'])}`)

  /** A second file in place of the first: of the first only the tables know. */
  async function gathered(tables: Files): Promise<void> {
    lab = new Lab(makeProject({ 'tables/raw/rows.ts': anew, ...tables }))
    drop(lab.root, '1,a,10,1', '2,a,20,1')
    expect(said(await lab.run())).toEqual(['ok'])
    rmSync(join(lab.root, 'in/raw.rows'), { recursive: true })
    drop(lab.root, '1,b,30,2')
    expect(said(await lab.run())).toEqual(['ok'])
  }

  test.each([
    ['the source keeps its rows now', { 'tables/raw/rows.ts': source }],
    [
      'a view would do',
      { 'tables/t/history.sql': model('write: view', over), 'tables/t/merged.sql': model('write: view', over) },
    ],
  ])('is asked for: %s', async (_, edit) => {
    await gathered(gathering)
    expect(await counts('history', 'merged')).toEqual([3, 2])
    await lab.edit(edit)
    expect(codes(await lab.run())).toEqual(['plan/would-lose-history t.history', 'plan/would-lose-history t.merged'])
    expect(await counts('history', 'merged')).toEqual([3, 2])
    const allowed = await lab.run({ plan: { allow: ['t.history', 't.merged'] } })
    expect(allowed.issues.map((one) => describeIssue(one).message)).toEqual([])
  })

  test('is nothing once the table was built anew over rows that stay', async () => {
    await gathered({ 'tables/t/it.sql': model('write: { merge: id }', over) })
    await lab.edit({ 'tables/raw/rows.ts': source })
    expect(said(await lab.run({ plan: { allow: ['t.it'] } }))).toEqual(['ok'])
    await lab.edit({ 'tables/t/it.sql': model('write: { merge: id }', over.replace('name', 'upper(name) as name')) })
    expect(said(await lab.run())).toEqual(['ok'])
  })

  test('is asked for when the next rows would take its place', async () => {
    await gathered({ 'tables/t/it.sql': model('write: { merge: id }', over) })
    await lab.edit({ 'tables/t/it.sql': model('write: replace\nforwardOnly: true', over) })
    expect(said(await lab.run())).toEqual(['ok'])
    expect(await counts('it')).toEqual([2])
    drop(lab.root, '3,c,1,3')
    expect(codes(await lab.run())).toEqual(['plan/would-lose-history t.it'])
    expect(await counts('it')).toEqual([2])
  })

  const upper = (text: string): string => text.replace('name', 'upper(name) as name')
  test('is asked for by a source that appended, once files are gone that it has landed', async () => {
    lab = new Lab(makeProject({ 'tables/raw/rows.ts': source }))
    drop(lab.root, '1,a,10,1')
    expect(said(await lab.run())).toEqual(['ok'])
    await lab.edit({ 'tables/raw/rows.ts': anew })
    expect(said(await lab.run())).toEqual(['ok'])
    rmSync(join(lab.root, 'in/raw.rows'), { recursive: true })
    drop(lab.root, '2,b,10,2')
    expect(codes(await lab.run())).toEqual(['run/landed-gone raw.rows'])
    expect(said(await lab.run({ plan: { allow: ['raw.rows'] } }))).toEqual(['ok'])
    rmSync(join(lab.root, 'in/raw.rows'), { recursive: true })
    drop(lab.root, '3,c,10,3')
    // From now on it shows what is there.
    expect(said(await lab.run())).toEqual(['ok'])
    expect(await lab.rows('select id from raw.rows')).toEqual([{ id: 3 }])
  })

  const dims = csvSource('raw.dims', { name: 'string', label: 'string' })
  const joining = 'select r.id, r.name, label from raw.rows r join raw.dims d on d.name = r.name'
  test('is asked for where rows have to meet those of a lookup that is loaded anew', async () => {
    const it = model('write: { merge: id }', joining)
    const lookup = dims.replace("write: 'append'", "write: 'replace'")
    lab = new Lab(makeProject({ 'tables/raw/rows.ts': source, 'tables/raw/dims.ts': lookup, 'tables/t/it.sql': it }))
    drop(lab.root, '1,a,10,1', '2,b,20,1')
    writeFiles(lab.root, { 'in/raw.dims/1.csv': 'name,label\na,A\nb,B\n' })
    expect(said(await lab.run())).toEqual(['ok'])
    rmSync(join(lab.root, 'in/raw.dims/1.csv'))
    writeFiles(lab.root, { 'in/raw.dims/2.csv': 'name,label\na,A\n' })
    expect(said(await lab.run())).toEqual(['ok'])
    expect(await counts('it')).toEqual([2])
    await lab.edit({ 'tables/t/it.sql': it.replace('r.name', 'upper(r.name) as name') })
    expect(codes(await lab.run())).toEqual(['plan/would-lose-history t.it'])
  })

  test('is asked for although its source keeps its rows again', async () => {
    const tables = { ...gathering, 'tables/t/appended.sql': model('write: append', over) }
    const names = ['t.appended', 't.history', 't.merged']
    lab = new Lab(makeProject({ 'tables/raw/rows.ts': source, ...tables }))
    drop(lab.root, '1,a,10,1', '2,a,20,1')
    expect(said(await lab.run())).toEqual(['ok'])
    await lab.edit({ 'tables/raw/rows.ts': anew })
    rmSync(join(lab.root, 'in/raw.rows'), { recursive: true })
    drop(lab.root, '3,b,30,2')
    expect(said(await lab.run({ plan: { select: ['raw.rows'], allow: ['raw.rows'] } }))).toEqual(['ok'])
    const edited = Object.fromEntries(Object.entries(tables).map(([file, text]) => [file, upper(text)]))
    await lab.edit({ 'tables/raw/rows.ts': source, ...edited })
    expect(codes(await lab.run())).toEqual(names.map((name) => `plan/would-lose-history ${name}`))
    expect(said(await lab.run({ plan: { allow: names } }))).toEqual(['ok'])
    await lab.edit(tables)
    expect(said(await lab.run())).toEqual(['ok'])
  })

  test('is asked for where a loss below was allowed for another table alone', async () => {
    const merged = (from: string): string => model('write: { merge: id }', over.replace('raw.rows', from))
    await gathered({ 'tables/t/below.sql': merged('raw.rows'), 'tables/t/it.sql': merged('t.below') })
    const alone = { select: ['t.below'], fullRefresh: true, allow: ['t.below'] }
    expect(said(await lab.run({ plan: alone }))).toEqual(['ok'])
    await lab.edit({ 'tables/t/it.sql': upper(merged('t.below')) })
    expect(codes(await lab.run())).toEqual(['plan/would-lose-history t.it'])
  })

  test('is asked for by code that may give the rows of any input', async () => {
    const code = (more: string): string => `import { defineModel } from 'millrace'
export default defineModel({ write: { merge: 'id' }, reads: ['raw.rows', 'raw.dims'], columns: { id: { type: 'int64' } },
  async *run({ rows }) { for await (const row of rows('raw.rows')) yield { id: row.id }${more} } })\n`
    await gathered({ 'tables/raw/dims.ts': dims, 'in/raw.dims/1.csv': 'name,label\na,A\n', 'tables/t/it.ts': code('') })
    await lab.edit({ 'tables/t/it.ts': code('/* otherwise */') })
    expect(codes(await lab.run())).toEqual(['plan/would-lose-history t.it'])
  })

  test('what an append over it is advised leads on, either way', async () => {
    for (const keeps of [true, false]) {
      lab = new Lab(makeProject({ 'tables/raw/rows.ts': anew, 'tables/t/it.sql': model('write: append', over) }))
      drop(lab.root, '1,a,10,1')
      expect(said(await lab.run())).toEqual(['ok'])
      rmSync(join(lab.root, 'in/raw.rows'), { recursive: true })
      drop(lab.root, '2,b,10,2')
      const ran = await lab.run()
      expect(ran.issues.map((one) => describeIssue(one).fix)).toEqual([
        'Build it anew, without the rows that only it still has: `millrace run --select t.it --full-refresh --allow t.it`, or give it a key with `write: { merge: ... }` and `forwardOnly: true`.',
      ])
      if (keeps) await lab.edit({ 'tables/t/it.sql': model('write: { merge: id }\nforwardOnly: true', over) })
      const plan = keeps ? {} : { select: ['t.it'], fullRefresh: true, allow: ['t.it'] }
      expect(said(await lab.run({ plan }))).toEqual(['ok'])
      expect((await lab.rows('select id from t.it order by id')).map(({ id }) => id)).toEqual(keeps ? [1, 2] : [2])
      await lab.close()
    }
  })

  test('a restated append is asked for, too, and a history over a plain view is not', async () => {
    const append = model('write: append', over)
    lab = new Lab(makeProject({ 'tables/raw/rows.ts': anew, 'tables/t/it.sql': append }))
    drop(lab.root, '1,a,10,1')
    expect(said(await lab.run())).toEqual(['ok'])
    const ran = await lab.run({ plan: { select: ['t.it'], restate: ['t.it'] } })
    expect(codes(ran)).toEqual(['plan/would-lose-history t.it'])
    await lab.close()

    const history = model('write: { history: id, type: 2, changedAt: seen }', 'select id, name, seen from t.shown')
    lab = new Lab(
      makeProject({
        'tables/raw/rows.ts': source,
        'tables/t/shown.sql': model('write: view', over),
        'tables/t/it.sql': history,
      }),
    )
    drop(lab.root, '1,a,10,1')
    expect(said(await lab.run())).toEqual(['ok'])
    await lab.edit({ 'tables/t/it.sql': upper(history) })
    expect(said(await lab.run())).toEqual(['ok'])
  })
})
