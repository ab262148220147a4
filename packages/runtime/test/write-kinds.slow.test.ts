// Every kind of write against what plain TypeScript computes from the same batches. All kinds read one source, so that a
// random sequence of batches tests them together.
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { Asker, type Row, runIn, said, sorted, withWorkspace } from './support/bench.ts'
import { appended, type Batch, daily, header, lineOf, merged, sumOf, versions } from './support/oracles.ts'
import { csvSource, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

afterAll(removeProjects)

const source = csvSource('raw.events', {
  id: 'int64',
  part: 'string',
  tag: 'string',
  val: 'int64',
  happened_at: 'timestamptz',
  seen: 'int64',
})
const reads = 'reads: { raw.events: changes }'
const columns = 'select id, part, tag, val, seen from raw.events'

const kinds = {
  'tables/raw/events.ts': source,
  'tables/t/replaced.sql': model('write: replace', 'select id, sum(val)::int64 as total from raw.events group by id'),
  'tables/t/appended.sql': model('write: append', columns),
  'tables/t/daily.sql': model(
    'write: { interval: day }\npartition: day(day)',
    `select happened_at::date as day, sum(val)::int64 as total, count(*) as events from raw.events
where happened_at >= $from and happened_at < $to group by all`,
  ),
  'tables/t/flat.sql': model(
    'write: { interval: happened_at }',
    'select id, val, happened_at from raw.events where happened_at >= $from and happened_at < $to',
  ),
  'tables/t/merged.sql': model(`write: { merge: [id, part], newest: seen }\n${reads}`, columns),
  'tables/t/windowed.sql': model(
    'write: { merge: id, newest: seen }\nchecks: [{ rule: { expression: "val <> 13" }, on: quarantine }]',
    `${columns} where happened_at >= $from and happened_at < $to`,
  ),
  'tables/t/current.sql': model(`write: { history: id, type: 1, changedAt: seen }\n${reads}`, columns),
  'tables/t/versions.sql': model(
    `write: { history: id, type: 2, changedAt: seen, track: [part, tag] }\n${reads}`,
    `${columns} where seen is not null`,
  ),
}

/** Other batches each time. What fails says its seed, and with `MILLRACE_SEED` the same ones come again. */
const seed = process.env['MILLRACE_SEED']

const batch: fc.Arbitrary<Batch> = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 1, max: 9 }),
    part: fc.constantFrom('a', 'b'),
    tag: fc.constantFrom('x', 'Y y', null),
    val: fc.option(fc.integer({ min: 0, max: 14 })),
    day: fc.integer({ min: 0, max: 4 }),
    at: fc.constantFrom(0, 1, 86_399),
    seen: fc.option(fc.integer({ min: 0, max: 30 })),
  }),
  { minLength: 1, maxLength: 12, selector: (one) => `${one.id}/${one.seen}` },
)

const plain = ({ id, part, tag, val, seen }: Batch[number]): object => ({ id, part, tag, val, seen })

function expected(batches: readonly Batch[]): Readonly<Record<string, readonly string[]>> {
  const all = batches.flat()
  const totals = [...Map.groupBy(all, (one) => one.id)].map(([id, rows]) => ({
    id,
    total: sumOf(rows),
  }))
  const rows = (list: readonly object[]): readonly string[] => sorted(list as readonly Row[])
  return {
    replaced: rows(totals),
    appended: rows(appended(batches)),
    daily: rows(daily(batches)),
    flat: rows(all.map(({ id, val, day, at }) => ({ id, val, day: `${day}/${at}` }))),
    merged: rows(merged(batches, (one) => `${one.id}/${one.part}`).map(plain)),
    current: rows(merged(batches, (one) => String(one.id)).map(plain)),
    versions: rows(versions(batches)),
  }
}

const questions: Readonly<Record<string, string>> = {
  replaced: 'from t.replaced',
  appended: 'from t.appended',
  daily: 'select day::varchar as day, total, events from t.daily',
  flat: `select id, val, (day(happened_at) - 1)::varchar || '/' || (hour(happened_at) * 3600 + minute(happened_at) * 60 + second(happened_at))::varchar as day from t.flat`,
  merged: 'from t.merged',
  current: 'from t.current',
  // A version begins with the values of one of its members; which of two at one moment, only the version of that moment tells.
  versions: 'select * exclude (version_key, seen, val) from t.versions',
}

async function shown(asker: Asker): Promise<Readonly<Record<string, readonly string[]>>> {
  const out: Record<string, readonly string[]> = {}
  for (const [name, sql] of Object.entries(questions)) out[name] = sorted(await asker.rows(sql))
  return out
}

/** The windowed merge reads all rows of a day again, so of two equal moments either may stay. */
function checkWindowed(rows: readonly Row[], batches: readonly Batch[]): void {
  const good = batches.flat().filter((one) => one.val !== 13)
  expect(rows).toHaveLength(new Set(good.map((one) => one.id)).size)
  for (const row of rows) {
    const moments = good.filter((one) => one.id === row['id']).flatMap(({ seen }) => seen ?? [])
    expect(row['seen']).toBe(moments.length === 0 ? null : Math.max(...moments))
  }
}

/** A version that stays keeps its key; no two versions share one. */
function checkKeys(rows: readonly Row[], known: Map<string, unknown>): void {
  expect(new Set(rows.map((row) => row['version_key'])).size).toBe(rows.length)
  for (const row of rows) {
    const version = `${String(row['id'])}@${String(row['valid_from'])}`
    expect(row['version_key']).toBe(known.get(version) ?? row['version_key'])
    known.set(version, row['version_key'])
  }
}

describe('a random sequence of batches', () => {
  test('leaves every table as plain TypeScript computes it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 2, maxLength: 5 }), async (batches) => {
        const root = makeProject(kinds)
        const asker = await Asker.open(root)
        const keys = new Map<string, unknown>()
        await withWorkspace(root, undefined, async (workspace) => {
          for (const [i, one] of batches.entries()) {
            writeFiles(root, { [`in/raw.events/${i}.csv`]: `${[header, ...one.map(lineOf)].join('\n')}\n` })
            const ran = await runIn(workspace)
            expect(said(ran)).toEqual(['ok'])
            const taken = ran.outcomes.find(({ step }) => step.node === 't.appended')
            expect(taken?.rows).toBe(one.length)
            const until = batches.slice(0, i + 1)
            expect(await shown(asker)).toEqual(expected(until))
            checkWindowed(await asker.rows('from t.windowed'), until)
            checkKeys(await asker.rows('from t.versions'), keys)
          }
          expect((await runIn(workspace)).outcomes).toEqual([])
        })
        await asker.close()
      }),
      { numRuns: 6, endOnFailure: true, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    )
  })
})
