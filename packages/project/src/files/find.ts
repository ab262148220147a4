import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

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

/** All files in a folder of the project, however deep; relative to the root, with forward slashes, in order. */
export function listFiles(root: string, folder: string): readonly string[] {
  const found: string[] = []
  const visit = (inside: string): void => {
    for (const entry of readdirSync(join(root, inside), { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      if (entry.isDirectory()) visit(`${inside}/${entry.name}`)
      else if (entry.isFile()) found.push(`${inside}/${entry.name}`)
    }
  }
  if (existsSync(join(root, folder))) visit(folder)
  return found.toSorted()
}

/** Those of one kind; files of types alone define nothing. */
export const ofKind = (files: readonly string[], ...extensions: readonly string[]): readonly string[] =>
  files.filter((file) => extensions.some((extension) => file.endsWith(extension)) && !file.endsWith('.d.ts'))

/** Every file that is read for its definitions, in order; what these read besides is known only by reading them. */
export const definingFiles = (root: string): readonly string[] => [
  ...ofKind(listFiles(root, 'tables'), '.sql', '.ts'),
  ...ofKind(listFiles(root, 'seeds'), '.csv', '.json'),
]
