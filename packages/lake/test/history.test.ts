import { readFileSync } from 'node:fs'
import type { DataFile, TableChange, TableRef } from '@millrace/core'
import * as fc from 'fast-check'
import { toPath } from '@millrace/lake'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { change, instant, type Lake, openLake, spec } from './support/lake.ts'

let lake: Lake
beforeAll(async () => {
  lake = await openLake()
})
afterAll(() => lake.catalog.close())

type Step =
  | { readonly do: 'append'; readonly files: number }
  | { readonly do: 'overwrite'; readonly which: number; readonly files: number }
  | { readonly do: 'replace'; readonly files: number }
  | { readonly do: 'revert'; readonly to: number }
  | { readonly do: 'evolve' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('append' as const), files: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('overwrite' as const), which: fc.nat(5), files: fc.nat(2) }) },
  fc.record({ do: fc.constant('replace' as const), files: fc.nat(2) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revert' as const), to: fc.nat(9) }) },
  fc.record({ do: fc.constant('evolve' as const) }),
)

/** What a table should be: which files each of its versions holds. */
interface Model {
  readonly versions: { readonly ref: TableRef; readonly files: readonly string[] }[]
  columns: number
  made: number
}

let tables = 0

const columnsOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, { type: 'int64' as const }]))

async function live(ref: TableRef): Promise<readonly DataFile[]> {
  return (await lake.format.offer(ref)).groups.flatMap((group) => group.files)
}

const names = (files: readonly DataFile[]): readonly string[] =>
  files.map((file) => file.path.replace(/^.*\//, '')).toSorted()

async function take(model: Model, wanted: Step): Promise<void> {
  const head = model.versions.at(-1)
  const at = instant(1_000)
  if (wanted.do === 'revert') {
    const to = model.versions[wanted.to % Math.max(1, model.versions.length)]
    if (head === undefined || to === undefined) return
    const staged = await lake.format.revert(head.ref, to.ref, at)
    model.versions.push({ ref: staged.next, files: to.files })
    return
  }
  if (wanted.do === 'evolve') {
    model.columns += 1
    return
  }
  const location = head?.ref.location ?? `${lake.folder}/model-${(tables += 1)}`
  const draft = await lake.format.draft('model.table', head?.ref ?? null, location, spec(columnsOf(model.columns)))
  const files = Array.from({ length: wanted.files }, () => ({
    path: `${draft.sink.prefix}/${(model.made += 1)}`,
    rows: model.made,
    bytes: 10,
    partition: [],
    spec: draft.shape.specId,
    schema: draft.shape.schemaId,
    stats: {},
  }))
  const before = head === undefined ? [] : await live(head.ref)
  const removed = wanted.do === 'append' ? [] : wanted.do === 'replace' ? before : before.slice(0, wanted.which)
  const remove: TableChange['remove'] = { append: 'none', replace: 'all', overwrite: removed }[
    wanted.do
  ] as TableChange['remove']
  const staged = await lake.format.stage(
    draft,
    change({ files, rows: 0, bytes: 0 }, { remove, operation: wanted.do, at }),
  )
  const kept = before.filter((file) => !removed.includes(file))
  model.versions.push({ ref: staged.next, files: names([...kept, ...files]) })
}

/** What must hold of every metadata file, whatever came before it. */
async function checkInvariants(ref: TableRef): Promise<void> {
  const metadata = JSON.parse(readFileSync(toPath(ref.version), 'utf8'))
  const times = metadata['snapshot-log'].map((entry: any) => entry['timestamp-ms'])
  expect(times).toEqual([...new Set<number>(times)].toSorted((one, other) => one - other))
  const sequences = metadata.snapshots.map((one: any) => one['sequence-number'])
  expect(sequences).toEqual(sequences.map((_: unknown, at: number) => at + 1))
  expect(metadata['last-sequence-number']).toBe(sequences.length)
  const files = await live(ref)
  const state = await lake.format.load(ref)
  const rows = files.reduce((sum, file) => sum + file.rows, 0)
  expect([state.files, state.rows, state.bytes]).toEqual([files.length, rows, files.length * 10])
}

test('after any history every version holds exactly the files that it should, the old ones too', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 9 }), async (steps) => {
      const model: Model = { versions: [], columns: 1, made: 0 }
      for (const one of steps) await take(model, one)
      for (const { ref, files } of model.versions) expect(names(await live(ref))).toEqual(files)
      const head = model.versions.at(-1)
      if (head !== undefined) await checkInvariants(head.ref)
    }),
    { numRuns: 25 },
  )
})
