// One file that holds the graph of a project, for the next command. Invariants:
// 1. It is written beside and renamed: a reader finds it whole or finds the one before, whoever dies and however many write.
// 2. Its first line says the format, and a checksum of everything after it: what was cut, mixed up or written by another
//    program counts as absent. So does what was made by other code or another reader of SQL: the caller compares `head`.
// 3. Records are lines of their own, nodes first, then what their fingerprints are made of (bodies). Nodes are parsed when
//    the graph is made, a body only when it is asked for. What did not change goes to the next file as the bytes it is.
// 4. A disk that takes nothing costs the next command time and this one nothing: no error of writing is told.
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { failpoint } from '../execute/failpoint.ts'
import { isAlive } from '../state/process.ts'

/** Counts up with every change of what is written. */
const format = 'millrace graph 2'

export interface KeptFile<Head> {
  readonly head: Head
  /** How many records there are. */
  readonly count: number
  readonly record: (place: number) => Buffer
}

/** The file as it was written, or null. */
export function readKept<Head>(path: string): KeptFile<Head> | null {
  const bytes = bytesOf(path)
  const first = bytes.indexOf(10)
  if (first < 0 || first > 100) return null
  const rest = bytes.subarray(first + 1)
  if (bytes.toString('latin1', 0, first) !== firstLine(rest)) return null
  const end = rest.indexOf(10)
  const { head, lengths } = JSON.parse(rest.toString('utf8', 0, end)) as {
    readonly head: Head
    readonly lengths: number[]
  }
  const starts = [end + 1]
  for (const length of lengths) starts.push((starts.at(-1) as number) + length)
  return { head, count: lengths.length, record: (place) => rest.subarray(starts[place], starts[place + 1]) }
}

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}

const firstLine = (...rest: readonly Buffer[]): string =>
  `${format} ${rest.reduce((sum, one) => crc32(one, sum), 0).toString(16)}`

/** Keeps a head and records; never fails. */
export async function writeKept(path: string, head: object, records: readonly Buffer[]): Promise<void> {
  const lengths = records.map((one) => one.length)
  const rest = Buffer.concat([Buffer.from(`${JSON.stringify({ head, lengths })}\n`), ...records])
  const bytes = [Buffer.from(`${firstLine(rest)}\n`), rest]
  await replace(path, bytes).catch(() => {})
}

let written = 0

async function replace(path: string, bytes: readonly Buffer[]): Promise<void> {
  const beside = `${path}.${process.pid}.${++written}`
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(beside, bytes)
    failpoint('graph.written')
    await rename(beside, path)
  } finally {
    await rm(beside, { force: true })
  }
  await removeLeft(path)
}

/** What processes left that died while they wrote. */
async function removeLeft(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`)) continue
    const pid = Number(name.slice(basename(path).length + 1).split('.')[0])
    if (!isAlive(pid)) await rm(join(dirname(path), name), { force: true })
  }
}
