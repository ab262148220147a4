import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { syntheticProject, writeFiles } from '@millrace/testkit'
import type { Benchmark, Contestant, Place } from './harness/benchmark.ts'
import { dbtProject } from './harness/dbt-project.ts'
import { packed, runMillrace } from './harness/millrace.ts'
import { peersProgram } from './peers.ts'

const sizesOf = (small: boolean): readonly number[] => (small ? [20, 40] : [500, 2000])
const words = ['500', '2000'] as const

function fresh(place: Place, index: number): void {
  writeFiles(place.work, syntheticProject({ models: sizesOf(place.small)[index] ?? 0 }))
}

function planned(place: Place, index: number): void {
  fresh(place, index)
  runMillrace(['plan', '--project', place.work])
}

function edited(place: Place, index: number): void {
  planned(place, index)
  const model = Math.floor((sizesOf(place.small)[index] ?? 0) / 20)
  appendFileSync(join(place.work, `tables/layer_0/model_${model}.sql`), '  and id > 0\n')
}

const contestants = (name: string, ready: (place: Place, index: number) => void): readonly Contestant[] =>
  words.map((models, index) => ({
    name: `${name}, ${models} models`,
    ready: (place) => ready(place, index),
    command: ({ work }) => packed(['plan', '--project', work]),
  }))

/** dbt reads the same models, with the same notes and checks; it neither binds them nor says what would be done. */
const dbt: readonly Contestant[] = words.map((models, index) => ({
  name: `dbt parse, ${models} models`,
  python: 'dbt',
  ready: (place) => writeFiles(place.work, dbtProject(syntheticProject({ models: sizesOf(place.small)[index] ?? 0 }))),
  command: ({ work }) => ({
    file: peersProgram('dbt', 'dbt'),
    args: ['parse', '--project-dir', work, '--profiles-dir', work],
    env: { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' },
  }),
}))

export const benchmark: Benchmark = {
  name: 'plan',
  about: 'a plan of many models: cold, again, and after an edit in the first layer',
  sizes: (small) => ({ models: sizesOf(small).join(' and ') }),
  budget: [
    { of: 'cold, 500 models', seconds: 1.2 },
    { of: 'cold, 2000 models', seconds: 4 },
    // The same promises beside dbt where they were made: 1.2 to 7.4 s, 4 to 30.8 s.
    { of: 'cold, 500 models', times: 0.16, peer: 'dbt parse, 500 models' },
    { of: 'cold, 2000 models', times: 0.13, peer: 'dbt parse, 2000 models' },
    ...words.flatMap((models) => [
      { of: `again, ${models} models`, seconds: 0.5 },
      { of: `one edit, ${models} models`, seconds: 0.5 },
    ]),
  ],
  prepare: () => {},
  ours: [...contestants('cold', fresh), ...contestants('again', planned), ...contestants('one edit', edited)],
  peers: dbt,
}
