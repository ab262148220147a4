// What moves tables without computing: promotion, rollback and clean-up, each killed at every step that it takes. Afterwards a
// reader finds the old or the new and never a part, the same command completes the work, and nothing is left open.
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { command, start, survivors } from './support/command.ts'
import { csvSource, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

afterAll(removeProjects)
afterEach(async () => await lab.close())

let root = ''
let lab: Lab
let files = 0

function drop(...lines: readonly string[]): void {
  const name = `in/raw.rows/${String(++files).padStart(4, '0')}.csv`
  writeFiles(root, { [name]: `${['id,amount', ...lines].join('\n')}\n` })
}

async function ran(env: string): Promise<void> {
  expect(said(await lab.run({ env }))).toEqual(['ok'])
}

beforeEach(async () => {
  root = makeProject(
    {
      'tables/raw/rows.ts': csvSource('raw.rows', { id: 'int64', amount: 'int64' }),
      'tables/silver/rows.sql': model('write: { merge: id }', 'select id, amount from raw.rows'),
      'tables/gold/total.sql': model('write: replace', 'select sum(amount)::int64 as total from silver.rows'),
    },
    `prod: {}, dev: { base: 'prod' }`,
  )
  lab = new Lab(root)
  drop('1,10')
  await ran('prod')
  drop('2,21')
})

const question =
  'select (select count(*) from raw.rows) as rows, (select count(*) from silver.rows) as ids, total from gold.total'
const shown = async (env: string): Promise<unknown> => (await lab.rows(question, env))[0]

const old = { rows: 1, ids: 1, total: 10 }
const later = { rows: 2, ids: 2, total: 31 }

/** Kills the command at a point, and answers what a reader sees then; runs it again to its end. */
async function killed(args: readonly string[], point: string, env: string): Promise<unknown> {
  await lab.close()
  const one = start([...args, '--project', root], { MILLRACE_FAILPOINT: point })
  expect((await one.ended).signal).toBe('SIGKILL')
  expect(await survivors(one.group)).toEqual([])
  const seen = await shown(env)
  await lab.close()
  return seen
}

/** Nothing of the dead is left, and every file that a table shows is there. */
async function sound(): Promise<void> {
  for (const env of ['prod', 'dev']) {
    const { lakehouse } = await lab.workspace(env)
    expect(await lakehouse.state.leases(lakehouse.clock.now(), (pid) => existsSync(`/proc/${pid}`))).toEqual([])
    expect(await lakehouse.state.openIntents(() => false)).toEqual([])
    const refs = [...(await lakehouse.catalog.resolve(env)).values()]
    const reached: string[] = []
    for await (const path of lakehouse.format.reachable(refs)) reached.push(path)
    expect(reached.length).toBeGreaterThan(9)
    expect(reached.filter((path) => !existsSync(path))).toEqual([])
  }
}

const before = ['metadata:before', 'metadata:after', 'metadata:after:3', 'publish:before', 'publish:inside']
const points = [...before, 'publish:inside:3', 'publish:after']

describe('promotion', () => {
  test.each(points)('killed at %s moves all tables or none, and can be done again', async (point) => {
    await ran('dev')
    expect([await shown('prod'), await shown('dev')]).toEqual([old, later])
    const done = point === 'publish:after'
    expect(await killed(['env', 'promote', 'dev'], point, 'prod')).toEqual(done ? later : old)
    const again = await command(['env', 'promote', 'dev', '--project', root])
    expect([again.code, again.err.includes('env/nothing-to-promote')]).toEqual(done ? [again.code, true] : [0, false])
    expect([await shown('prod'), await shown('dev')]).toEqual([later, later])
    await sound()
    expect(await lab.plan('prod')).toEqual([])
  })
})

describe('rollback', () => {
  test.each(points)('killed at %s brings all tables back or none, and can be done again', async (point) => {
    const { lakehouse } = await lab.workspace('prod')
    const [first] = await lakehouse.catalog.log('prod')
    await ran('prod')
    const done = point === 'publish:after'
    const args = ['rollback', String(first?.id), '--env', 'prod']
    expect(await killed(args, point, 'prod')).toEqual(done ? old : later)
    expect((await command([...args, '--project', root])).code).toBe(0)
    expect(await shown('prod')).toEqual(old)
    await sound()
    // The rows that were taken back land again, once.
    await ran('prod')
    expect(await shown('prod')).toEqual(later)
  })
})

describe('a function', () => {
  test('that loops without a pause goes with the command that runs it, and its table stays', async () => {
    const looping = `import { defineModel } from 'millrace'
import { writeFileSync } from 'node:fs'
export default defineModel({ reads: [], write: 'replace', columns: { id: { type: 'int64' } }, *run() {
  writeFileSync('${root}/began', '')
  for (;;);
} })\n`
    await lab.edit({ 'tables/silver/loop.ts': looping.replace('  for (;;);', '  yield { id: 1n }') })
    await ran('prod')
    await lab.edit({ 'tables/silver/loop.ts': looping })
    rmSync(join(root, 'began'))
    await lab.close()
    const one = start(['run', '--env', 'prod', '--project', root, '--select', 'silver.loop'])
    while (!existsSync(join(root, 'began'))) await delay(20)
    one.child.kill('SIGKILL')
    await one.ended
    expect(await survivors(one.group)).toEqual([])
    expect(await lab.rows('from silver.loop', 'prod')).toEqual([{ id: 1 }])
  })
})

describe('clean-up', () => {
  test.each(['metadata:after', 'publish:before', 'publish:after', 'clean.removing', 'clean.removing:4'])(
    'killed at %s loses nothing that is shown, and can be done again',
    async (point) => {
      await ran('prod')
      drop('3,30')
      await ran('prod')
      const now = { rows: 3, ids: 3, total: 61 }
      await lab.close()
      const args = ['clean', '--keep', '0d']
      expect(await killed(args, point, 'prod')).toEqual(now)
      const again = await command([...args, '--project', root, '--json'])
      expect([again.code, again.err]).toEqual([0, ''])
      expect(await shown('prod')).toEqual(now)
      await sound()
      const third = await command([...args, '--project', root, '--json'])
      expect(JSON.parse(third.out)).toMatchObject({ versions: 0 })
    },
  )

  test.each([1, 2, 4, 8, 16])(
    'killed after %i files leaves no version that looks whole and is not',
    async (removed) => {
      await ran('prod')
      drop('3,30')
      await ran('prod')
      const { lakehouse } = await lab.workspace('prod')
      const first = String((await lakehouse.catalog.log('prod')).at(-1)?.id)
      const whole = await shown('prod')
      await lab.close()
      await killed(['clean', '--keep', '0d'], `clean.removing:${removed}`, 'prod')
      const back = await command(['rollback', first, '--env', 'prod', '--project', root])
      const forgotten = back.err.includes('lake/forgotten')
      expect([back.code, forgotten]).toEqual(forgotten ? [2, true] : [0, false])
      expect(await shown('prod')).toEqual(forgotten ? whole : old)
      await sound()
    },
  )
})
