import { type Hash, issue, type Issue, nearest, type Place, placeOf } from '@millrace/core'
import type { LineCache } from '@millrace/sql'
import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { hashOfVariable, hashText } from '../files/hash.ts'
import type { Exported, LoadedFile } from './protocol.ts'
import { type LoadOutcome, runLoader } from './run-loader.ts'

/** A file of definitions: what it exports, and a hash of all code it reaches. */
export interface CodeFile {
  readonly exports: readonly Exported[]
  readonly hash: Hash
  /** Covers the variables that this code looked at while it was loaded, too: what it computes hangs on them. */
  readonly computes: Hash
  readonly reached: Reached
}

/** All that code depended on when it was loaded. Paths are relative to the project. */
export interface Reached {
  readonly files: readonly (readonly [path: string, hash: string])[]
  readonly packages: readonly (readonly [folder: string, version: string])[]
  readonly env: readonly (readonly [name: string, hash: string])[]
}

/** What was loaded once. */
interface Stored extends Reached {
  readonly exports: readonly Exported[]
  /** Of the variables, those that the project's own code looked at. */
  readonly ownEnv: readonly string[]
}

/** Loads TypeScript definitions, from the cache where nothing that they reach has changed. */
export async function loadCode(
  root: string,
  files: readonly string[],
  options: { readonly deadlineMs: number; readonly cache: LineCache },
): Promise<ReadonlyMap<string, CodeFile | Issue>> {
  const found = new Map<string, CodeFile | Issue>()
  const keys = new Map(files.map((file) => [file, `d${hashText(`${file}\0${contentOf(join(root, file)) ?? ''}`)}`]))
  for (const [file, key] of keys) {
    const stored = options.cache.get(key) as Stored | undefined
    if (stored !== undefined && isCurrent(stored, root)) found.set(file, codeFile(stored))
  }
  const changed = files.filter((file) => !found.has(file))
  const outcomes = await runLoader(
    changed.map((file) => join(root, file)),
    options.deadlineMs,
  )
  for (const file of changed) {
    const outcome = outcomes.get(join(root, file))
    if (outcome === undefined) continue
    if ('loaded' in outcome) {
      const stored = toStored(outcome.loaded, root)
      options.cache.put(keys.get(file) ?? '', stored, { lasting: true })
      found.set(file, codeFile(stored))
    } else found.set(file, issueOf(file, root, outcome, options.deadlineMs))
  }
  return found
}

function toStored(loaded: LoadedFile, root: string): Stored {
  return {
    exports: loaded.exports,
    files: loaded.reached.map((path) => [relative(root, path).split(sep).join('/'), hashOfFile(path)]),
    packages: loaded.packages.map((folder) => [relative(root, folder).split(sep).join('/'), versionOf(folder)]),
    env: loaded.env.map((name) => [name, hashOfVariable(name)]),
    ownEnv: loaded.ownEnv,
  }
}

const isCurrent = (stored: Stored, root: string): boolean =>
  stored.files.every(([path, hash]) => hashOfFile(join(root, path)) === hash) &&
  stored.packages.every(([folder, version]) => versionOf(join(root, folder)) === version) &&
  stored.env.every(([name, hash]) => hashOfVariable(name) === hash)

/** Paths are relative to the project, so that a hash is the same wherever it is checked out. */
function codeFile(stored: Stored): CodeFile {
  const packages = stored.packages.map(([folder, version]) => [nameOf(folder), version])
  const hash = hashText(JSON.stringify([stored.files, packages])) as Hash
  const own = stored.env.filter(([name]) => stored.ownEnv.includes(name)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    exports: stored.exports,
    hash,
    computes: own.length === 0 ? hash : (hashText(JSON.stringify([hash, own])) as Hash),
    reached: { files: stored.files, packages: stored.packages, env: stored.env },
  }
}

const nameOf = (folder: string): string => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

const hashOfFile = (path: string): string => hashText(contentOf(path) ?? '')

function versionOf(folder: string): string {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version?: string }
    return manifest.version ?? ''
  } catch {
    return ''
  }
}

function issueOf(
  file: string,
  root: string,
  outcome: Exclude<LoadOutcome, { loaded: unknown }>,
  deadlineMs: number,
): Issue {
  const start = { at: startOf(file) }
  if ('hangs' in outcome) return issue('project/code-hangs', { file, seconds: deadlineMs / 1000 }, start)
  if ('exited' in outcome) return issue('project/code-exited', { file, how: outcome.exited }, start)
  const { message, stack, exported = [] } = outcome.failed
  const at = placeOfImport(message, file, root) ?? placeInStack(`${stack}\n${message}`, root) ?? start.at
  const [, name = ''] = missingExport.exec(message) ?? []
  const candidates = nearest(name, exported)
  const more = candidates.length === 0 ? { at } : { at, candidates }
  return issue('project/code-failed', { file, message: plainMessage(message, root) }, more)
}

const missingExport = /does not provide an export named '([^']+)'/
const missingModule = /^Cannot find (?:module|package) '([^']+)' imported from (.+)$/m

/** Node names what an import asked for and did not find, but not always where the import stands. */
function placeOfImport(message: string, file: string, root: string): Place | null {
  const text = (path: string): string => contentOf(join(root, path)) ?? ''
  const [, name] = missingExport.exec(message) ?? []
  if (name !== undefined) return foundAt(placeOf(file, text(file), name), text(file), name)
  const [, wanted, importer] = missingModule.exec(message) ?? []
  if (wanted === undefined || importer === undefined) return null
  const path = relative(root, importer.startsWith('file:') ? fileURLToPath(importer) : importer)
    .split(sep)
    .join('/')
  if (path.startsWith('..') || path.includes('node_modules')) return null
  const word = wanted.slice(wanted.lastIndexOf('/') + 1)
  return foundAt(placeOf(path, text(path), word), text(path), word)
}

/** Where the word was not found, `placeOf` points at the start. */
const foundAt = (place: Place, text: string, word: string): Place | null =>
  text.split('\n')[place.line - 1]?.startsWith(word, place.column - 1) === true ? place : null

const startOf = (file: string): Place => ({ file, line: 1, column: 1, length: 1 })

const plainMessage = (message: string, root: string): string =>
  (message.split('\n').find((line) => line.trim() !== '') ?? 'unknown error')
    .replaceAll(pathToFileURL(root).href, '.')
    .replaceAll(root, '.')

/** The first place of the stack that lies in the project's own files. */
function placeInStack(stack: string, root: string): Place | null {
  const inRoot = stack.replaceAll(pathToFileURL(root).href, root)
  for (let from = inRoot.indexOf(root); from >= 0; from = inRoot.indexOf(root, from + 1)) {
    const found = /^([^\s:()']+):(\d+)(?::(\d+))?/.exec(inRoot.slice(from + root.length + 1))
    const [, file, line, column] = found ?? []
    if (file === undefined || file.includes('node_modules')) continue
    return { file: file.split(sep).join('/'), line: Number(line), column: Number(column ?? 1), length: 1 }
  }
  return null
}
