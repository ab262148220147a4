import type { FilesSink, Landed, RawFile, RawScan } from '@millrace/core'
import { rmSync } from 'node:fs'
import { asItIs, type FastFile, takeApart } from '../land/csv-bent.ts'
import { landClean, landExact } from '../land/csv-exact.ts'
import { landFast, type Scans } from '../land/csv-fast.ts'
import type { FieldsScanned } from '../land/field-scan.ts'
import { landJson } from '../land/json.ts'
import { type Landing, labelOf, nothing, type Part, together } from '../land/landing.ts'
import { isCompressed, plainCopy } from '../land/plain-copy.ts'
import { landParquet } from '../land/parquet.ts'
import { type Looks, looksOf, mustBeSame } from '../land/same-files.ts'
import { RejectStore } from '../land/reject-store.ts'
import { holdpoint } from '../process/holdpoint.ts'
import { csvOptions } from '../scan/csv-options.ts'
import type { Database } from './database.ts'
import type { OnProgress } from './progress.ts'

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

/** Bent records are cut out of files as soon as they are known, once for each file: that is no try. */
async function landCsv(landing: Landing): Promise<Part> {
  const { files } = landing.scan
  const [scans, made]: [Scans, string[]] = [new Map(), []]
  const whole = new Set(needsExact(landing.scan) ? files : [])
  const apart = new Map<RawFile, FastFile>()
  try {
    for (let tries = 0; ;) {
      const trusted = tries < fastTries ? files.filter((file) => !whole.has(file)) : []
      const sources = trusted.map((file) => apart.get(file) ?? asItIs(file))
      const { part, suspects } = await landFast(landing, sources, scans)
      if (part !== null) {
        const exact = files.filter((file) => !trusted.includes(file))
        return together([part, ...(await landBent(landing, sources)), await landExact(landing, exact)])
      }
      for (const file of suspects) whole.add(file)
      const fresh = trusted.filter((file) => !whole.has(file) && !apart.has(file) && isBent(scans.get(file)))
      for (const file of fresh) {
        const taken = await takeApart(landing, file, scans.get(file)?.bent ?? [], made)
        if (taken === null) whole.add(file)
        else apart.set(file, taken)
      }
      if (fresh.length === 0) tries++
    }
  } finally {
    for (const path of made) rmSync(path, { force: true })
  }
}

const isBent = (scan: FieldsScanned | undefined): boolean => scan !== undefined && scan.bent.length > 0

async function landBent(landing: Landing, files: readonly FastFile[]): Promise<readonly Part[]> {
  const parts: Part[] = []
  for (const { bent } of files) if (bent !== null) parts.push(await landClean(landing, bent))
  return parts
}
