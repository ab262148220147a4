// A process that was stopped for longer than its leases, beside one that went on meanwhile. When it comes back it moves no
// pointer to what clean-up has taken, and removes nothing that is shown again.
import type { Instant, TableName } from '@millrace/core'
import { clean, examine, promote, rollback, withLeases, type Workspace } from '@millrace/runtime'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { csvSource, makeProject, model, removeProjects, writeFiles } from './support/project.ts'
import { refusal } from './support/promoting.ts'

afterAll(removeProjects)
afterEach(async () => await lab.close())

let root = ''
let lab: Lab
let files = 0

async function ran(env: string, ...lines: readonly string[]): Promise<void> {
  const name = `in/raw.rows/${String(++files).padStart(4, '0')}.csv`
  writeFiles(root, { [name]: `${['id,amount', ...lines].join('\n')}\n` })
  expect(said(await lab.run({ env }))).toEqual(['ok'])
}

beforeEach(async () => {
  root = makeProject(
    {
      'tables/raw/rows.ts': csvSource('raw.rows', { id: 'int64', amount: 'int64' }),
      'tables/silver/rows.sql': model('write: { merge: id }', 'select id, amount from raw.rows'),
    },
    `prod: {}, dev: { base: 'prod' }`,
  )
  lab = new Lab(root)
  await ran('prod', '1,10')
})

const hour = 3_600_000

/** Clean-up by another process, an hour after this one took its leases. */
async function cleanedLater({ lakehouse, graph }: Workspace): Promise<void> {
  const clock = { ...lakehouse.clock, now: () => (lakehouse.clock.now() + hour) as Instant }
  await clean({ ...lakehouse, clock }, { graph, keepMs: 0, graceMs: 0, dryRun: false })
}

/** Old versions go before, so that clean-up has no pointer to move, which alone would be in the way of who sleeps. */
async function tidied(): Promise<void> {
  const { lakehouse, graph } = await lab.workspace('prod')
  await clean(lakehouse, { graph, keepMs: 0, graceMs: 0, dryRun: false })
}

const amounts = async (): Promise<readonly unknown[]> =>
  (await lab.rows('select amount from silver.rows order by all', 'prod')).map((row) => row['amount'])

test('a promotion whose staged files may be gone is not published', async () => {
  await ran('dev', '2,20')
  await tidied()
  const workspace = await lab.workspace('dev')
  const { lakehouse, graph } = workspace
  const advance: typeof lakehouse.format.advance = async (...given) => {
    const advanced = await lakehouse.format.advance(...given)
    await cleanedLater(workspace)
    return advanced
  }
  const slept = { ...lakehouse, format: { ...lakehouse.format, advance } }
  const tables: readonly TableName[] = ['raw.rows', 'silver.rows']
  const promoted = withLeases({ ...lakehouse, environment: 'prod' }, 'promote', tables, async (leases) =>
    promote(slept, graph, 'dev', [], { leases }),
  )
  expect(new Set(await refusal(promoted))).toEqual(new Set(['run/lease-lost']))
  expect(await amounts()).toEqual([10])
})

test('a rollback whose staged files may be gone is not published', async () => {
  const workspace = await lab.workspace('prod')
  const { lakehouse } = workspace
  const [first] = await lakehouse.catalog.log('prod')
  await ran('prod', '2,20')
  const revert: typeof lakehouse.format.revert = async (...given) => {
    const reverted = await lakehouse.format.revert(...given)
    await lakehouse.state.endLate('another' as never, (lakehouse.clock.now() + hour) as Instant)
    return reverted
  }
  const slept = { ...lakehouse, format: { ...lakehouse.format, revert } }
  const undone = withLeases(lakehouse, 'rollback', ['raw.rows', 'silver.rows'], async (leases) =>
    rollback(slept, String(first?.id), [], leases),
  )
  expect(new Set(await refusal(undone))).toEqual(new Set(['run/lease-lost']))
  expect(await amounts()).toEqual([10, 20])
  expect(await lakehouse.catalog.log('prod')).toHaveLength(2)
})

// Once its files are written, and once it has asked for its leases and is about to publish.
test.each(['keepStaged', 'intend'] as const)(
  'a run stopped in %s publishes nothing when clean-up went by',
  async (step) => {
    await lab.edit({ 'tables/silver/more.sql': model('write: replace', 'select 1::int64 as one') })
    const workspace = await lab.workspace('prod')
    const { state } = workspace.lakehouse
    const stepping = state[step].bind(state) as (...given: unknown[]) => Promise<void>
    state[step] = async (...given: unknown[]) => {
      await stepping(...given)
      await cleanedLater(workspace)
    }
    expect(said(await lab.run({ env: 'prod', plan: { select: ['silver.more'] } }))).toEqual([
      'failed',
      'run/lease-lost',
    ])
    state[step] = stepping
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    expect(await lab.rows('from silver.more', 'prod')).toEqual([{ one: 1 }])
  },
)

test('clean-up that slept removes nothing that was rolled back to meanwhile', async () => {
  const { lakehouse, graph } = await lab.workspace('prod')
  await ran('prod', '2,20')
  const [, first] = await lakehouse.catalog.log('prod')
  let late = 0
  const clock = { ...lakehouse.clock, now: () => (lakehouse.clock.now() + late) as Instant }
  const list: typeof lakehouse.store.list = async function* (folder) {
    yield* lakehouse.store.list(folder)
    late = hour
    const other = { ...lakehouse, clock }
    await withLeases(other, 'rollback', ['raw.rows', 'silver.rows'], async (leases) =>
      rollback(other, String(first?.id), [], leases),
    )
  }
  const store = { ...lakehouse.store, list }
  const cleaned = clean({ ...lakehouse, clock, store }, { graph, keepMs: 0, graceMs: 0, dryRun: false })
  expect(new Set(await refusal(cleaned))).toEqual(new Set(['run/lease-lost']))
  expect(await amounts()).toEqual([10])
})

test('the doctor finds nothing wrong while a run is at work', async () => {
  const { lakehouse } = await lab.workspace('prod')
  const found = await withLeases(lakehouse, 'run', ['silver.rows'], async () =>
    examine({ dir: root, environment: 'prod' }),
  )
  expect(found.filter(({ state }) => state === 'wrong')).toEqual([])
})
