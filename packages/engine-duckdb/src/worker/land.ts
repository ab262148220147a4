import type { FilesSink, Landed, RawFile, RawScan } from '@millrace/core'
import { rmSync } from 'node:fs'
import { landExact } from '../land/csv-exact.ts'
import { landFast } from '../land/csv-fast.ts'
import { landJson } from '../land/json.ts'
import { type Landing, labelOf, nothing, type Part, together } from '../land/landing.ts'
import { isCompressed, plainCopy } from '../land/plain-copy.ts'
import { landParquet } from '../land/parquet.ts'
import { type Looks, looksOf, mustBeSame } from '../land/same-files.ts'
import { RejectStore } from '../land/reject-store.ts'
import { holdpoint } from '../process/holdpoint.ts'
import { csvOptions } from '../scan/csv-options.ts'
import type { Database } from './database.ts'
import type { OnProgress } from './write.ts'

/** After so many tries the fast way has found enough bad files: the rest goes the exact way too. */
const fastTries = 3

export async function landFiles(
  database: Database,
  scan: RawScan,
  sink: FilesSink,
  name: string,
  onProgress: OnProgress,
): Promise<Landed> {
  const rejects = new RejectStore(database)
  await rejects.open()
  database.withPlaces()
  const copies: string[] = []
  try {
    const looks = await looksOf(scan.files)
    await holdpoint('land.started')
    const files = scan.format === 'parquet' ? scan.files : await plainFiles(scan, database.spill, copies)
    const plain: RawScan = { ...scan, files }
    const landing: Landing = { database, scan: plain, sink, name, spill: database.spill, rejects, onProgress }
    const part = await reading(landing, looks)
    const { count, scan: rejected } = await rejects.take(database.spill)
    return { ...part, rowsIn: part.rows + count, rejected: count, rejects: rejected }
  } finally {
    for (const copy of copies) rmSync(copy, { force: true })
    await rejects.close()
  }
}

/** What goes wrong with a file that was changed meanwhile is told by that, not by what became of it. */
async function reading(landing: Landing, looks: Looks): Promise<Part> {
  try {
    return await landAll(landing)
  } finally {
    await holdpoint('land.read')
    await mustBeSame(looks)
  }
}

/** Files as they can be read at any place: compressed ones unpacked, empty ones left out. */
async function plainFiles(scan: RawScan, spill: string, copies: string[]): Promise<readonly RawFile[]> {
  const files: RawFile[] = []
  for (const file of scan.files) {
    if (file.bytes === 0) continue
    if (isCompressed(file.path)) {
      const path = await plainCopy(file, spill)
      copies.push(path)
      files.push({ ...file, path, label: labelOf(file) })
    } else files.push(file)
  }
  return files
}

function landAll(landing: Landing): Promise<Part> | Part {
  const { scan } = landing
  if (scan.files.length === 0) return nothing
  if (scan.format === 'json') return landJson(landing, scan.files)
  if (scan.format === 'csv') return landCsv(landing)
  return landParquet(landing, scan.files)
}

/** The fast reader cannot judge JSON inside of fields one by one, nor bytes, nor what a format of its own leaves out. */
function needsExact(scan: RawScan): boolean {
  const { dateFormat, timestampFormat } = csvOptions(scan)
  return Object.values(scan.columns).some(({ type }) => {
    if (typeof type !== 'string' || ['json', 'variant', 'binary'].includes(type) || type.startsWith('fixed'))
      return true
    if (type === 'date') return dateFormat !== null && !/^(?:[^%]|%-?[aAbBdmyYjuwUWV%])*$/.test(dateFormat)
    return type.startsWith('timestamp') && timestampFormat?.includes('%n') === true
  })
}

async function landCsv(landing: Landing): Promise<Part> {
  const { files } = landing.scan
  let suspects: readonly RawFile[] = needsExact(landing.scan) ? files : []
  let fast: Part | null = null
  for (let tries = 0; fast === null; tries++) {
    const trusted = tries < fastTries ? files.filter((file) => !suspects.includes(file)) : []
    const found = await landFast(landing, trusted)
    if (found.suspects.length === 0) {
      fast = found.part
      suspects = files.filter((file) => !trusted.includes(file))
    } else suspects = [...suspects, ...found.suspects]
  }
  return suspects.length === 0 ? fast : together([fast, await landExact(landing, suspects)])
}
