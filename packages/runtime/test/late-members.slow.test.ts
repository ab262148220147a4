// A history is what one build over all rows makes of them, in whatever order and in whatever runs they came.
import fc from 'fast-check'
import { describeIssue } from '@millrace/core'
import { afterAll, describe, expect, test } from 'vitest'
import { Asker, type Ran, run, runIn, said, sorted, withWorkspace } from './support/bench.ts'
import { command } from './support/command.ts'
import { type Files, makeProject, model, removeProjects } from './support/project.ts'
import { timedRows } from './support/rows.ts'

afterAll(removeProjects)

const { source, drop } = timedRows
const changes = 'reads: { raw.rows: changes }'
const columns = 'select id, name, amount, happened_at, seen from raw.rows'
const write = 'write: { history: id, type: 2, changedAt: seen, track: [name] }'

interface Lab {
  readonly root: string
  readonly asker: Asker
  /** A run for each of these, which lands them in a file. */
  readonly land: (...batches: readonly (readonly string[])[]) => Promise<void>
  readonly anew: () => Promise<Ran>
}

async function lab(tables: Files, work: (lab: Lab) => Promise<void>): Promise<void> {
  const root = makeProject({ 'tables/raw/rows.ts': source, ...tables })
  await withWorkspace(root, undefined, async (workspace) => {
    const land: Lab['land'] = async (...batches) => {
      for (const lines of batches) {
        drop(root, ...lines)
        expect(said(await runIn(workspace))).toEqual(['ok'])
      }
    }
    const anew = async (): Promise<Ran> => await runIn(workspace, { plan: { select: ['t.*'], fullRefresh: true } })
    await work({ root, asker: await Asker.over(workspace), land, anew })
  })
}

const kept: Files = { 'tables/t/kept.sql': model(`${write}\n${changes}`, columns) }

/** As `name[from, to)seen`, in time. */
async function history(asker: Asker, table = 't.kept', id = 1): Promise<readonly unknown[]> {
  const one = `coalesce(name, '-') || '[' || valid_from || ',' || coalesce(valid_to::varchar, '-') || ')' || valid_seen`
  const rows = await asker.rows(`select ${one} as v from ${table} where id = ${id} order by valid_from`)
  return rows.map((row) => row['v'])
}

describe('a late row', () => {
  test('ends a version until the next of its repeats', async () => {
    await lab(kept, async ({ asker, land, anew }) => {
      await land(['1,a,10,,1', '1,a,11,,3', '1,a,12,,5', '2,a,10,,1'], ['1,b,20,,2'])
      const shown = await asker.rows('from t.kept order by id, valid_from')
      expect(await history(asker)).toEqual(['a[1,2)1', 'b[2,3)2', 'a[3,-)5'])
      expect(shown.map((row) => row['amount'])).toEqual([10, 20, 11, 10])
      expect(said(await anew())).toEqual(['ok'])
      expect(await asker.rows('from t.kept order by id, valid_from')).toEqual(shown)
    })
  })

  test('that repeats a version is remembered, too', async () => {
    await lab(kept, async ({ asker, land }) => {
      await land(['1,a,10,,1'], ['1,a,10,,7'], ['1,a,10,,5'], ['1,b,12,,6'])
      expect(await history(asker)).toEqual(['a[1,6)5', 'b[6,7)6', 'a[7,-)7'])
    })
  })

  test('of NULL ends a version like any other, and two in one run each find their place', async () => {
    await lab(kept, async ({ asker, land }) => {
      await land(['1,a,10,,1', '1,a,10,,4', '1,a,10,,8'], ['1,,10,,2', '1,,10,,6', '1,b,10,,9'])
      expect(await history(asker)).toEqual(['a[1,2)1', '-[2,4)2', 'a[4,6)4', '-[6,8)6', 'a[8,9)8', 'b[9,-)9'])
    })
  })

  test('that says what is known changes nothing but how long it was said', async () => {
    await lab(kept, async ({ asker, land }) => {
      await land(['1,a,10,,1', '1,b,20,,5', '1,b,21,,9'])
      const before = await asker.rows('from t.kept order by valid_from')
      await land(['1,a,10,,1'], ['1,b,22,,7'])
      expect(await asker.rows('from t.kept order by valid_from')).toEqual(before)
      await land(['1,a,11,,3'])
      expect(await history(asker)).toEqual(['a[1,5)3', 'b[5,-)9'])
    })
  })

  test('leaves what was corrected as it was corrected', async () => {
    await lab(kept, async ({ asker, land }) => {
      await land(['1,a,10,,1', '1,a,10,,5', '1,a,10,,7'], ['1,c,11,,1'], ['1,c,12,,5'], ['1,d,13,,3'])
      expect(await history(asker)).toEqual(['c[1,3)1', 'd[3,5)3', 'c[5,7)5', 'a[7,-)7'])
      const amounts = await asker.rows('select amount from t.kept order by valid_from')
      expect(amounts.map((row) => row['amount'])).toEqual([11, 13, 12, 10])
    })
  })

  test('brings no row into the rejects that is there already', async () => {
    const check = 'checks: [{ rule: { expression: "amount > 0" }, on: quarantine }]'
    await lab({ 'tables/t/kept.sql': model(`${write}\n${changes}\n${check}`, columns) }, async ({ asker, land }) => {
      await land(['1,a,10,,1', '1,x,0,,2', '1,a,10,,3'], ['1,a,10,,5'], ['1,b,10,,4', '1,y,0,,1'])
      expect(await history(asker)).toEqual(['a[1,4)3', 'b[4,5)4', 'a[5,-)5'])
      expect(await asker.rows('select count(*) as n from t.kept__rejects')).toEqual([{ n: 2 }])
    })
  })

  test('in an environment with a base makes versions of what both have, and leaves the base', async () => {
    const root = makeProject({
      'millrace.config.ts': `import { defineProject } from 'millrace'
export default defineProject({ name: 'late', environments: { prod: {}, dev: { base: 'prod' } } })\n`,
      'tables/raw/rows.ts': source,
      ...kept,
    })
    drop(root, '1,a,10,,1', '1,a,10,,3', '1,a,10,,5')
    expect(said(await run(root, { env: 'prod' }))).toEqual(['ok'])
    drop(root, '1,b,10,,2')
    expect(said(await run(root, { env: 'dev' }))).toEqual(['ok'])
    const [dev, prod] = [await Asker.open(root, 'dev'), await Asker.open(root, 'prod')]
    expect(await history(dev)).toEqual(['a[1,2)1', 'b[2,3)2', 'a[3,-)5'])
    expect(await history(prod)).toEqual(['a[1,-)5'])
    await Promise.all([dev.close(), prod.close()])
  })

  test.each(['task.staged:2', 'publish.intended', 'publish:after'])('is taken once, killed at %s', async (point) => {
    await lab(kept, async ({ root, asker, land }) => {
      await land(['1,a,10,,1', '1,a,11,,3', '1,a,12,,5'])
      drop(root, '1,b,20,,2')
      const killed = await command(['run', '--project', root], { MILLRACE_FAILPOINT: point })
      expect(killed.signal).toBe('SIGKILL')
      await land([])
      expect(await history(asker)).toEqual(['a[1,2)1', 'b[2,3)2', 'a[3,-)5'])
    })
  })

  test('is laid among what the table knows where the inputs may not tell all again', async () => {
    const tables: Files = {
      'tables/t/some.sql': model(
        `${write}\n${changes}`,
        `${columns} qualify row_number() over (partition by id, seen order by amount) = 1`,
      ),
      'tables/t/forward.sql': model(`${write}\n${changes}\nforwardOnly: true`, columns),
    }
    await lab(tables, async ({ asker, land }) => {
      await land(['1,a,10,,1', '1,a,11,,3', '1,a,12,,5'], ['1,b,20,,2'])
      for (const table of ['t.some', 't.forward'])
        expect(await history(asker, table)).toEqual(['a[1,2)1', 'b[2,5)2', 'a[5,-)5'])
    })
  })
})

test('a row that is delivered twice is one, and two of one moment that differ are for the select to choose from', async () => {
  await lab({ 'tables/t/whole.sql': model(write, columns) }, async ({ root, asker, land }) => {
    await land(['1,a,10,,1', '2,b,20,,1'], ['1,a,10,,1'], ['1,a,11,,2'])
    expect(await history(asker, 't.whole')).toEqual(['a[1,-)2'])
    drop(root, '1,c,10,,1')
    const ran = await run(root)
    expect(said(ran)).toEqual(['failed', 'run/key-twice'])
    expect(ran.issues.map((one) => describeIssue(one).fix)).toEqual([
      expect.stringContaining('qualify row_number() over (partition by id, seen order by <column>) = 1'),
    ])
    expect(await history(asker, 't.whole')).toEqual(['a[1,-)2'])
  })
})

/** Rows of few members at few moments, none of them twice, in the runs in which they come. */
const runs = fc
  .uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 3 }),
      name: fc.constantFrom('a', 'b', ''),
      amount: fc.integer({ min: 0, max: 99 }),
      day: fc.integer({ min: 1, max: 3 }),
      seen: fc.integer({ min: 0, max: 12 }),
      run: fc.integer({ min: 0, max: 4 }),
    }),
    { minLength: 8, maxLength: 30, selector: (one) => `${one.id}/${one.seen}` },
  )
  .map((rows) => [...Map.groupBy(rows, (one) => one.run)].toSorted(([a], [b]) => a - b).map(([, batch]) => batch))

/** Other rows each time. What fails says its seed, and with `MILLRACE_SEED` the same ones come again. */
const seed = process.env['MILLRACE_SEED']

const everyWay: Files = {
  ...kept,
  'tables/t/whole.sql': model(write, columns),
  'tables/t/windowed.sql': model(write, `${columns} where happened_at >= $from and happened_at < $to`),
  'tables/t/pairs.sql': model(
    `write: { history: [id, name], type: 2, changedAt: seen, track: [amount] }\n${changes}`,
    "select id, coalesce(name, '-') as name, amount % 2 as amount, seen from raw.rows",
  ),
}

async function allOf(asker: Asker): Promise<readonly (readonly string[])[]> {
  return await Promise.all(
    ['kept', 'whole', 'windowed', 'pairs'].map(async (one) => sorted(await asker.rows(`from t.${one}`))),
  )
}

test('any order and any runs give the versions of one build over all rows', async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (batches) => {
      await lab(everyWay, async ({ asker, land, anew }) => {
        const lines = batches.map((batch) =>
          batch.map(({ id, name, amount, day, seen }) => `${id},${name},${amount},2026-01-0${day}T00:00:00Z,${seen}`),
        )
        await land(...lines)
        const inRuns = await allOf(asker)
        expect(said(await anew())).toEqual(['ok'])
        expect(inRuns).toEqual(await allOf(asker))
      })
    }),
    { numRuns: 4, endOnFailure: true, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  )
})
