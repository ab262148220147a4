// Imports that the text of a module names. Loading shows those that were carried out; what a function imports when it runs,
// and what that imports in turn, is told from the text alone. Names that are computed cannot be told.
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** `import('./x.ts')`, but not the type `import('./x.ts').Name`. */
const later = /(?<!typeof\s*)\bimport\s*\(\s*(['"`])([^'"`$\n]+)\1\s*[,)](?!\s*\.\s*(?!then\b|catch\b|finally\b))/g
/** `import a from './x.ts'`, `export * from './x.ts'` and `import './x.ts'`, but no types. */
const first = /^\s*(?:import|export)\b(?!\s+type\b)(?:[^'"`;()]*?\bfrom)?\s*(['"])([^'"\n]+)\1/gm

/** Where the imports lie that a module names: of a loaded one only those that it carries out later. */
export function namedImports(url: string, { loaded }: { readonly loaded: boolean }): readonly string[] {
  if (!url.startsWith('file:') || !/\.[cm]?[jt]s$/.test(url)) return []
  const text = textOf(fileURLToPath(url))
  const found = loaded ? [...text.matchAll(later)] : [...text.matchAll(later), ...text.matchAll(first)]
  return found.flatMap(([, , name = '']) => placeOf(name, url) ?? [])
}

function placeOf(name: string, from: string): string | null {
  if (/^\.{0,2}\/|^file:/.test(name)) {
    const url = new URL(name, from)
    return isFile(fileURLToPath(url)) ? url.href : null
  }
  return name.includes(':') || name === 'millrace' ? null : manifestOf(name, dirname(fileURLToPath(from)))
}

/** A package counts by its version, so any of its files stands for it. */
function manifestOf(name: string, folder: string): string | null {
  const [scope = '', second = ''] = name.split('/')
  const path = join(folder, 'node_modules', name.startsWith('@') ? `${scope}/${second}` : scope, 'package.json')
  if (isFile(path)) return pathToFileURL(path).href
  return dirname(folder) === folder ? null : manifestOf(name, dirname(folder))
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
