// A table of ten files, and the changes that come to it: nine of ten change a row, one of ten is new.
import { copyFileSync, cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Place } from './benchmark.ts'
import { generate } from './duckdb.ts'
import { packed, runMillrace } from './millrace.ts'
import { once, writeProject } from './place.ts'

const partsOf = (small: boolean): number => (small ? 2 : 10)

const columnsSql = (seed: number): string =>
  `id, (hash(id + ${seed}) % 1000000)::int AS a, md5((id + ${seed})::varchar) AS s,
   ((hash(id * 5 + ${seed}) % 1000000) / 100)::decimal(12,2) AS amount,
   timestamp '2026-01-01' + to_microseconds((hash(id * 11) % 2592000000000)::bigint) + to_days(${seed}) AS ts`

export const targetFile = ({ data }: Pick<Place, 'data'>): string => join(data, 'target.parquet')
export const changesFile = ({ data }: Pick<Place, 'data'>): string => join(data, 'changes.parquet')
const lateFile = ({ data }: Pick<Place, 'data'>): string => join(data, 'late.parquet')

export async function makeMembers({ data }: Place, rows: number, changes: number): Promise<void> {
  await once(data, 'members', () =>
    generate([
      `COPY (SELECT ${columnsSql(0)} FROM (SELECT i::bigint AS id FROM range(${rows}) t(i))) TO '${targetFile({ data })}' (FORMAT parquet, COMPRESSION zstd)`,
      `COPY (SELECT ${columnsSql(1)} FROM (SELECT DISTINCT id FROM (
         SELECT CASE WHEN i % 10 = 0 THEN ${rows} + i ELSE (hash(i * 31) % ${rows})::bigint END AS id
         FROM range(${changes} * 101 // 100) t(i)) LIMIT ${changes})) TO '${changesFile({ data })}' (FORMAT parquet, COMPRESSION zstd)`,
    ]),
  )
}

/** Rows of members of anywhere, each a day before what is known of its member. */
export async function makeLate({ data }: Place, rows: number, late: number): Promise<void> {
  await once(data, 'late', () =>
    generate([
      `COPY (SELECT ${columnsSql(-1)} FROM (SELECT i::bigint * ${Math.floor(rows / late)} AS id FROM range(${late}) t(i))) TO '${lateFile({ data })}' (FORMAT parquet, COMPRESSION zstd)`,
    ]),
  )
}

const projectOf = ({ data }: Place): string => join(data, 'project')
const keptOf = ({ data }: Place): string => join(data, 'kept')

/** A project whose table was loaded in ten runs of neighbouring keys each (two when small), so that it has as many files; and a copy of it. */
export async function makeLoaded(place: Place, rows: number, model: string, memory: string): Promise<void> {
  const root = projectOf(place)
  await once(place.data, 'loaded', async () => {
    writeProject(root, project(model, memory))
    const parts = partsOf(place.small)
    const each = Math.ceil(rows / parts)
    for (let i = 0; i < parts; i++) {
      const to = join(root, `landing/part-${i}.parquet`)
      await generate([
        `COPY (FROM '${targetFile(place)}' WHERE id >= ${i * each} AND id < ${(i + 1) * each}) TO '${to}' (FORMAT parquet)`,
      ])
      runMillrace(['run', '--project', root])
    }
    copy(root, keptOf(place))
  })
}

/** The loaded project again, with the changes waiting. */
export const withChanges = (place: Place): void => withWaiting(place, changesFile(place))

/** The loaded project again, with the late rows waiting. */
export const withLate = (place: Place): void => withWaiting(place, lateFile(place))

/** It stands where it always stood: tables know their folders. */
function withWaiting(place: Place, file: string): void {
  copy(keptOf(place), projectOf(place))
  copyFileSync(file, join(projectOf(place), 'landing/changes.parquet'))
}

/** The run that takes the changes in. */
export const mergeCommand = (place: Place): Command => packed(['run', '--project', projectOf(place)])

function copy(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true })
  cpSync(from, to, { recursive: true, preserveTimestamps: true })
}

const project = (model: string, memory: string): Readonly<Record<string, string>> => ({
  'landing/.keep': '',
  'millrace.config.ts': `import { defineProject } from 'millrace'

export default defineProject({ name: 'members', environments: { dev: { engineMemory: '${memory}' } } })
`,
  'tables/bronze/members.ts': `import { defineSource } from 'millrace'

export const members = defineSource({
  connector: 'files',
  config: { path: 'landing/*.parquet' },
  tables: {
    'bronze.members': {
      write: 'append',
      columns: {
        id: { type: 'int64' },
        a: { type: 'int32' },
        s: { type: 'string' },
        amount: { type: 'decimal(12,2)' },
        ts: { type: 'timestamp' },
      },
    },
  },
})
`,
  'tables/silver/members.sql': model,
})
