import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile, fail, type RunId, type Session } from '@millrace/core'
import { duckdbEngine } from '@millrace/engine-duckdb'
import { findProject, loadProject } from '@millrace/project'
import { openSqlReader } from '@millrace/sql'
import { hash } from '../workspace/lakehouse.ts'
import { type Paths, pathsOf } from '../workspace/paths.ts'
import type { OpenOptions } from '../workspace/workspace.ts'

/** What can be looked at of a project without its catalog and its state: they may be what is wrong. */
export interface Ground {
  readonly root: string
  readonly paths: Paths
  /** How many tables are defined, and how many mistakes there are in definitions. */
  readonly tables: number
  readonly mistakes: number
  session(): Promise<Session>
  close(): Promise<void>
}

export async function groundOf({ dir = process.cwd() }: OpenOptions): Promise<Ground> {
  const root = findProject(dir)?.root ?? fail('project/not-found', { folder: dir })
  const paths = pathsOf(root)
  const facts = await readDefinitions(root, paths)
  const memoryBytes = 512e6
  const engine = duckdbEngine({ memoryBytes, threads: 1, workers: 1 })
  // Not in the project: it may be the folder that cannot be written.
  const spill = await mkdtemp(join(tmpdir(), 'millrace-doctor-'))
  return {
    root,
    paths,
    ...facts,
    session: () => engine.open({ run: 'doctor' as RunId, memoryBytes, threads: 1, spill }),
    close: async () => {
      await engine.close()
      await rm(spill, { recursive: true, force: true })
    },
  }
}

async function readDefinitions(root: string, paths: Paths): Promise<Pick<Ground, 'tables' | 'mistakes'>> {
  const reader = openSqlReader({ cacheDir: paths.cache })
  try {
    const loaded = await loadProject(root, { sqlReader: reader })
    const { graph, issues } = compile(loaded.project, loaded.facts, reader.version, hash)
    return { tables: graph.producers.size, mistakes: loaded.issues.length + issues.length }
  } finally {
    await reader.close()
  }
}
