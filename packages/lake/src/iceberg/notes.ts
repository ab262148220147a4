import { type Dict, fail, type Fingerprint, type Hash, type Progress } from '@millrace/core'
import { parseJson, printJson } from './json.ts'
import { markOf } from './position-file.ts'
import { ancestry, type Snapshot, type TableMetadata } from './metadata.ts'

/*
 * What Millrace says of a snapshot lies in the snapshot's own summary, so that data and claim cannot disagree.
 *
 * - `millrace.format`: the version of these notes. Notes of a later version are an error, not a guess.
 * - `millrace.commit`: the identity of the change. A second try finds what the first one finished.
 * - `millrace.made`, `millrace.progress`: by which definition, and how far.
 * - `millrace.position`: the file of a position that is too long to be said here (see position-file.ts). Such notes are of
 *   format 2: a Millrace that does not know the file would take it that nothing has landed yet.
 * - `millrace.data`: the snapshot whose rows this one still shows; absent where it brought rows of its own.
 * - A snapshot of a foreign program has none of these. It inherits progress from the last one that has, and what it
 *   was made by is unknown (null) unless it only rewrote files ("replace").
 */
const formatKey = 'millrace.format'
const commitKey = 'millrace.commit'
const madeKey = 'millrace.made'
const progressKey = 'millrace.progress'
const dataKey = 'millrace.data'
export const positionKey = 'millrace.position'
const formats = { plain: '1', withFile: '2' } as const

export interface Notes {
  readonly id: string
  readonly made: Fingerprint | null
  /** Without its position where that lies in a file. */
  readonly progress: Progress
  readonly positionFile?: string
}

export function writeNotes(notes: Notes): Dict<string> {
  const { made, positionFile } = notes
  const progress = positionFile === undefined ? notes.progress : { ...notes.progress, position: {} }
  return {
    [formatKey]: positionFile === undefined ? formats.plain : formats.withFile,
    [commitKey]: notes.id,
    ...(made === null ? {} : { [madeKey]: printJson(made) }),
    [progressKey]: printJson(progress),
    ...(positionFile === undefined ? {} : { [positionKey]: positionFile }),
  }
}

/** How far a snapshot has got, as a text that is equal where they are equal; no file is read for it. */
export function reached(metadata: TableMetadata, from: Snapshot | null): string {
  const { progress, positionFile } = readNotes(metadata, from)
  return printJson([progress, positionFile === undefined ? null : markOf(positionFile)])
}

const noProgress: Progress = { covered: [], position: {}, origin: '' as Hash }

/** The snapshot whose rows this one shows: a table is the same to its readers as long as this stays. */
export function dataOf(metadata: TableMetadata, from: Snapshot | null): string {
  for (const one of ancestry(metadata, from)) {
    const said = one.summary[dataKey]
    if (said !== undefined) return said
    const foreignRewrite = one.summary['operation'] === 'replace' && one.summary[commitKey] === undefined
    if (!foreignRewrite) return String(one['snapshot-id'])
  }
  return ''
}

/** The note that a snapshot shows the rows of an earlier one. */
export const sameRowsAs = (data: string): Dict<string> => (data === '' ? {} : { [dataKey]: data })

/** What is known of a snapshot, from itself or from those it came from. */
export function readNotes(metadata: TableMetadata, from: Snapshot | null): Omit<Notes, 'id'> {
  let rewrittenOnly = true
  for (const one of ancestry(metadata, from)) {
    const progress = one.summary[progressKey]
    if (progress !== undefined) {
      refuseLater(metadata, one)
      const made = rewrittenOnly ? one.summary[madeKey] : undefined
      const file = one.summary[positionKey]
      return {
        made: made === undefined ? null : (parseJson(made) as Fingerprint),
        progress: parseJson(progress) as Progress,
        ...(file === undefined ? {} : { positionFile: file }),
      }
    }
    rewrittenOnly &&= one.summary['operation'] === 'replace'
  }
  return { made: null, progress: noProgress }
}

function refuseLater(metadata: TableMetadata, { summary }: Snapshot): void {
  const said = summary[formatKey]
  if (said !== formats.plain && said !== formats.withFile)
    fail('lake/unsupported', { path: metadata.location, what: `notes of version ${said ?? 'none'}` })
}

/** Whether a snapshot says itself what made it and how far it got. */
export const hasNotes = ({ summary }: Snapshot): boolean => summary[progressKey] !== undefined

/** The change that made a snapshot. */
export const commitOf = ({ summary }: Snapshot): string | undefined => summary[commitKey]

/** The snapshot of the current line that a change has made, if it was committed before. */
export function findCommit(metadata: TableMetadata, from: Snapshot | null, id: string): Snapshot | null {
  return ancestry(metadata, from).find((one) => commitOf(one) === id) ?? null
}

/** The notes as they stand in a summary, for a snapshot that carries on what another one says. */
export function notesIn(summary: Dict<string>): Dict<string> {
  return Object.fromEntries(
    Object.entries(summary).filter(([key]) => key.startsWith('millrace.') && key !== commitKey && key !== dataKey),
  )
}
