// How the files of a project stood when it was loaded, and what of them changed since. Invariants:
// 1. Files count as unchanged when their size, inode, time of writing and time of change are: the last one cannot be set by
//    a program, so a text that was swapped for one of the same length and put back in time is still seen.
// 2. Times are too coarse to tell two writes of one moment. A file that was written less than two seconds before its text
//    was read is `racy`: its text is compared the next time, whatever its times say (as git does).
// 3. Texts are compared by the hash of what the load read, never of what was on disk before or after.
// 4. A file that came or went, and any change but of models in SQL, is no change that can be told by itself: null.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { definingFiles, findProject } from '../files/find.ts'
import { hashOfVariable, hashText } from '../files/hash.ts'
import type { LoadedFrom } from './loaded-from.ts'

/** A file as it stood; null for its times where there was none. */
interface Mark {
  readonly hash: string
  readonly times: string | null
  readonly racy: boolean
}

/** Plain data, so that it can be kept. */
export interface Standing {
  readonly config: string
  readonly defining: number
  readonly files: Readonly<Record<string, Mark>>
  readonly env: Readonly<Record<string, string>>
}

const racyMs = 2000

/** How the files stand that were read since a moment. */
export function standingOf(root: string, from: LoadedFrom, since: number): Standing {
  const files = [...from.files].map(([file, hash]) => [file, markOf(join(root, file), hash, since)] as const)
  return {
    config: from.config,
    defining: definingFiles(root).length,
    files: Object.fromEntries(files),
    env: Object.fromEntries(from.env),
  }
}

function markOf(path: string, hash: string, readSince: number): Mark {
  const { times, last } = timesOf(path)
  return { hash, times, racy: last > readSince - racyMs }
}

function timesOf(path: string): { readonly times: string | null; readonly last: number } {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return { times: null, last: 0 }
  const { size, ino, mtimeMs, ctimeMs } = stat
  return { times: `${size} ${ino} ${mtimeMs} ${ctimeMs}`, last: Math.max(mtimeMs, ctimeMs) }
}

export interface Changes {
  /** Models in SQL that were edited, with their texts now. */
  readonly edited: ReadonlyMap<string, string>
  /** How the files stand now. */
  readonly standing: Standing
  /** How many files had to be read to tell. */
  readonly looked: number
}

/** More edits than these are a change of branch, and the whole is read as fast. */
const mostEdits = 50

/** What changed since; null where it is more than some models in SQL. */
export function changesSince(root: string, then: Standing, now: number = Date.now()): Changes | null {
  if (!isSameSet(root, then)) return null
  const edited = new Map<string, string>()
  const fresh: Record<string, Mark> = {}
  let looked = 0
  for (const [file, mark] of Object.entries(then.files)) {
    // Thousands of paths: what is listed needs no normalizing.
    const path = `${root}/${file}`
    if (!mark.racy && timesOf(path).times === mark.times) continue
    // Times first, text after: what is written in between shows other times.
    const times = timesOf(path)
    const text = textOf(path)
    looked++
    if ((text === null) !== (mark.times === null)) return null
    const hash = hashText(text ?? '')
    fresh[file] = { hash, times: times.times, racy: times.last > now - racyMs }
    if (hash === mark.hash) continue
    if (text === null || !isModel(file) || edited.size === mostEdits) return null
    edited.set(file, text)
  }
  return { edited, standing: looked === 0 ? then : { ...then, files: { ...then.files, ...fresh } }, looked }
}

/** Whether the project is made of the same files and looks at the same environment. */
function isSameSet(root: string, then: Standing): boolean {
  const place = findProject(root)
  if (place?.root !== root || place.config !== then.config) return false
  const defining = definingFiles(root)
  return (
    defining.length === then.defining &&
    defining.every((file) => then.files[file] !== undefined) &&
    Object.entries(then.env).every(([name, hash]) => hashOfVariable(name) === hash)
  )
}

const isModel = (file: string): boolean => file.startsWith('tables/') && file.endsWith('.sql')

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
