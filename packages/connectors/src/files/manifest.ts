/**
 * Which files were landed already. Invariants:
 * - a file is known by its path (from the source's folder) and lands exactly once: the manifest is the position that is
 *   committed together with the rows, so rows and claim cannot disagree;
 * - size and time of change tell quickly that a file is the same; when only the time differs, its content decides;
 * - a file whose content changed is never silently loaded twice: it is refused, or, where the user says so and the table is
 *   replaced, all files are landed anew;
 * - the content's mark is a hash of its size, first and last megabyte: hashing all of a large file costs a good part of
 *   loading it, and appended or rewritten files differ there.
 */
import { createHash } from 'node:crypto'
import { glob, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { fail, type Position } from '@millrace/core'
import { partOf } from './content.ts'

export interface LandedFile {
  /** As the manifest knows it. */
  readonly key: string
  readonly path: string
  readonly bytes: number
  readonly mark: string
}

const markedBytes = 1 << 20
const hasPattern = (path: string): boolean => /[*?{[]/.test(path)

async function contentMark(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256').update(`${bytes}:`)
  hash.update(await partOf(path, 0, Math.min(bytes, markedBytes)))
  if (bytes > markedBytes) hash.update(await partOf(path, Math.max(markedBytes, bytes - markedBytes), markedBytes))
  return hash.digest('hex').slice(0, 32)
}

async function matching(root: string, pattern: string): Promise<readonly string[]> {
  if (!hasPattern(pattern)) return [resolve(root, pattern)]
  const found: string[] = []
  for await (const path of glob(pattern, { cwd: root })) found.push(resolve(root, path))
  return found
}

/** All files that the paths and patterns name, sorted, each once; a path without a pattern must be there. */
export async function listFiles(
  root: string,
  patterns: readonly string[],
): Promise<readonly { path: string; key: string }[]> {
  const paths = new Set<string>()
  for (const pattern of patterns) for (const path of await matching(root, pattern)) paths.add(path)
  const keyed = [...paths].map((path) => ({ path, key: keyOf(root, path) }))
  return keyed.toSorted((one, other) => (one.key < other.key ? -1 : 1))
}

/** From the folder where it lies below, so that a project may be moved; with `/` on every system. */
function keyOf(root: string, path: string): string {
  const key = relative(root, path)
  return (isAbsolute(key) || key.startsWith('..') ? path : key).split(sep).join('/')
}

export interface Arrivals {
  readonly fresh: readonly LandedFile[]
  /** The position once the fresh files have landed. */
  readonly position: Position
  readonly known: number
  /** Files that have landed and are not there any more. */
  readonly gone: readonly string[]
}

/** The files that have not landed yet. */
export async function arrivals(
  root: string,
  patterns: readonly string[],
  position: Position,
  changed: 'refuse' | 'reload',
): Promise<Arrivals> {
  const fresh: LandedFile[] = []
  const next: Record<string, string> = { ...position }
  const files = await listFiles(root, patterns)
  if (files.length === 0 && Object.keys(position).length === 0) fail('files/none', { pattern: patterns.join(', ') })
  for (const { path, key } of files) {
    const info = await stat(path).catch(() => null)
    if (info === null || !info.isFile()) {
      if (info === null && !patterns.some(hasPattern)) fail('files/none', { pattern: key })
      continue
    }
    const quick = `${info.size}:${Math.trunc(info.mtimeMs)}`
    const before = position[key]
    if (before?.startsWith(`${quick}:`) === true) continue
    const mark = await contentMark(path, info.size)
    next[key] = `${quick}:${mark}`
    if (before?.endsWith(`:${mark}`) === true) continue
    if (before !== undefined && changed === 'refuse') fail('files/changed', { path: key })
    fresh.push({ key, path, bytes: info.size, mark })
  }
  const there = new Set(files.map(({ key }) => key))
  const known = Object.keys(position)
  return { fresh, position: next, known: known.length, gone: known.filter((key) => !there.has(key)) }
}
