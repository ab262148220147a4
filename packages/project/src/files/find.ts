import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

const configNames = ['millrace.config.ts', 'millrace.config.js', 'millrace.config.mjs']

/** A project's folder and the file that configures it. */
export interface ProjectPlace {
  readonly root: string
  /** Relative to the root. */
  readonly config: string
}

/** The project that a folder lies in: its own, or the nearest above it. */
export function findProject(from: string): ProjectPlace | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const config = configNames.find((name) => existsSync(join(folder, name)))
    if (config !== undefined) return { root: folder, config }
    if (dirname(folder) === folder) return null
  }
}

/** Files of these kinds in a folder of the project, however deep; relative to the root, with forward slashes, in order. */
export function listFiles(root: string, folder: string, extensions: readonly string[]): readonly string[] {
  const start = join(root, folder)
  if (!existsSync(start)) return []
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.some((extension) => entry.name.endsWith(extension)))
    .filter((entry) => !entry.name.startsWith('.') && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted()
}
