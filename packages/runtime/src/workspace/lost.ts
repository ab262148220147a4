import { readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fail } from '@millrace/core'
import { State } from '../state/state.ts'
import type { Paths } from './paths.ts'

/**
 * The catalog is made before any table, so tables without one have lost theirs: a run on an empty one would take all of them
 * for new, and land only the files that are still there.
 */
export async function refuseLost(paths: Paths, options: { readonly readOnly: boolean }): Promise<void> {
  if (sizeOf(paths.catalog) > 0) return
  if (!hasTables(paths.lake) && !(await hasPublished(paths.state, options))) return
  const isInside = !relative(paths.root, paths.lake).startsWith('..')
  fail('lake/catalog-lost', {
    catalog: paths.catalog,
    folders: isInside ? [paths.root] : [paths.root, paths.lake],
  })
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Whether a folder of a table is there: `dev/silver/orders-1f2e3d4c`. Anything else may be another program's. */
function hasTables(lake: string): boolean {
  const below = (folder: string): readonly string[] => {
    try {
      return readdirSync(folder, { withFileTypes: true })
        .filter((one) => one.isDirectory())
        .map((one) => join(folder, one.name))
    } catch {
      return []
    }
  }
  return below(lake)
    .flatMap(below)
    .flatMap(below)
    .some((folder) => /-[0-9a-f]{8}$/.test(folder))
}

async function hasPublished(path: string, options: { readonly readOnly: boolean }): Promise<boolean> {
  if (sizeOf(path) === 0) return false
  const state = State.whenAsked(path, options)
  try {
    return await state.hasPublished()
  } finally {
    await state.close()
  }
}
