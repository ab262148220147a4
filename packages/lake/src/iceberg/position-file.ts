import { createHash } from 'node:crypto'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { fail, type Position } from '@millrace/core'
import { toPath, toUri } from '../store/location.ts'
import { type Commit, putStep } from './commit.ts'
import { printJson } from './json.ts'
import { readBytes, type Surroundings } from './table-files.ts'

/*
 * Positions that are too long for a snapshot's summary: a source of 100,000 files says 9 MB at each commit, and metadata.json
 * holds the summaries of all snapshots.
 *
 * - Such a position lies in a file of its own beside the manifests; the summary names the file (`millrace.position`).
 * - It is written before the metadata that names it, under a name that nobody else uses, and never changed: a commit that stops
 *   anywhere leaves an orphan.
 * - Snapshots of one position share the file; forks and promoted tables go on naming it where it lies. It is reachable as long
 *   as a snapshot names it, and goes when the last one has.
 * - Its name ends with a hash of its content, so that two positions can be compared unread.
 */
/** As much as all else that a summary says: 500 versions of a table that got a file with each run were 1 MB and more of metadata.json, each time. */
const longest = 2048
const ending = '.position.zst'

/** The file of a position, written if the table has not got it yet; undefined: it is short enough to be said in the summary. */
export async function storePosition(
  commit: Commit,
  position: Position,
  known: string | undefined,
): Promise<string | undefined> {
  const text = printJson(position)
  if (text.length <= longest) return undefined
  const mark = createHash('sha256').update(text).digest('hex').slice(0, 32)
  if (known !== undefined && markOf(known) === mark) return known
  const path = `${toPath(commit.metadata.location)}/metadata/${commit.around.newId()}-${mark}${ending}`
  await putStep(commit.around, 'position', path, zstdCompressSync(Buffer.from(text)))
  return toUri(path)
}

/** What tells a position from others. */
export const markOf = (file: string): string => file.slice(0, -ending.length).slice(-32)

export async function loadPosition(around: Pick<Surroundings, 'store'>, file: string): Promise<Position> {
  const bytes = await readBytes(around, file)
  try {
    return JSON.parse(zstdDecompressSync(bytes).toString('utf8')) as Position
  } catch (error) {
    fail('lake/corrupt', { path: file, problem: error instanceof Error ? error.message : 'not readable' })
  }
}
