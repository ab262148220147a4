import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Place } from './benchmark.ts'

export const repository: string = join(import.meta.dirname, '../..')

export function placeOf(name: string, small: boolean): Place {
  const folder = join(repository, 'benchmarks/.data', small ? 'small' : 'full')
  const place = { data: join(folder, name), work: join(folder, `${name}.work`), small }
  mkdirSync(place.data, { recursive: true })
  return place
}

export function emptyWork({ work }: Place): void {
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
}

/** Makes something once; a mark beside it says that it was finished. */
export async function once(data: string, name: string, make: () => void | Promise<void>): Promise<void> {
  const mark = join(data, `${name}.done`)
  if (existsSync(mark)) return
  await make()
  writeFileSync(mark, '')
}

/** Writes the files of a project. */
export function writeProject(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}
