import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '@millrace/core'
import type { Paths } from './paths.ts'

/**
 * Tables name their files by full paths. So a project's folder is remembered: a copy would write into the tables of the one
 * it was copied from, and one that was moved would take its tables for damaged. Answers the name by which tables know the
 * folder: by any other, as through a link, their files would not be known for theirs.
 */
export function rememberedFolder({ root, project, catalog }: Paths): string {
  const file = join(root, 'folder')
  const before = read(file)
  if (before !== null && existsSync(catalog)) {
    if (placeOf(before) === placeOf(project)) return before
    fail('project/moved', { before, now: project, copied: existsSync(join(before, '.millrace', 'catalog.db')) })
  }
  if (before !== project) remember(file, root, project)
  return project
}

/** A lake outside of the project remembers whose it is: to the clean-up of another project its tables would be nobody's. */
export function refuseOthersLake({ lake, project }: Paths): void {
  const file = join(lake, '.millrace-lake')
  const owner = read(file)
  if (owner === null) remember(file, lake, project)
  else if (placeOf(owner) !== placeOf(project)) fail('project/others-lake', { lake, owner, file })
}

function read(file: string): string | null {
  try {
    // A crash may leave it empty.
    return readFileSync(file, 'utf8') || null
  } catch {
    return null
  }
}

function placeOf(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}

function remember(file: string, root: string, project: string): void {
  try {
    mkdirSync(root, { recursive: true })
    writeFileSync(file, project)
  } catch {
    // Read-only: nothing is written into the tables of another project either.
  }
}
