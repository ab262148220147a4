import { randomUUID } from 'node:crypto'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Columns,
  type ColumnSpec,
  type DataType,
  fail,
  formerNames,
  type Position,
  type RawFile,
  type RawScan,
  stable,
} from '@millrace/core'
import type { Encoding, FilesConfig } from './config.ts'
import { asUtf8, headOf, markedEncoding, sampleText } from './content.ts'
import { firstRecord } from './first-record.ts'
import { jsonKeys } from './json-keys.ts'
import { namedFields, numberedColumn } from './named-fields.ts'
import { arrivals, type LandedFile } from './manifest.ts'
import { failUnreadable } from './unreadable.ts'

export interface FilesRequest {
  readonly config: FilesConfig
  /** The folder that relative paths start from. */
  readonly root: string
  readonly columns: Columns
  readonly position: Position
  /** The columns of a file that says its types itself; whoever reads it knows. */
  readonly describe: (scan: RawScan) => Promise<Columns>
  /** A folder for files in other encodings, written anew as UTF-8. */
  readonly temp: string
}

export interface FilesPlan {
  /** null: nothing new has arrived. */
  readonly scan: RawScan | null
  /** To be committed together with the rows. */
  readonly position: Position
  /** Columns that the files have and the table has not, as text where a file says no types: the caller evolves the table. */
  readonly added: Columns
  /** Removes the converted copies; after the landing. */
  readonly release: () => Promise<void>
}

const headBytes = 1 << 20

/** A file as the engine can read it: in UTF-8, its header known. */
interface Prepared {
  readonly file: RawFile
  readonly key: string
  readonly copy: string | null
  /** What the file itself says of its columns. */
  readonly typed: Columns
}

async function inUtf8(request: FilesRequest, file: LandedFile, encoding: Encoding): Promise<string | null> {
  if (encoding === 'utf-8') return null
  await mkdir(request.temp, { recursive: true })
  const copy = join(request.temp, `${randomUUID()}.utf8`)
  await asUtf8(file.path, encoding, copy, file.key)
  return copy
}

async function prepare(request: FilesRequest, file: LandedFile): Promise<Prepared> {
  const { config } = request
  const plain: RawFile = { path: file.path, bytes: file.bytes, header: [], label: file.key }
  if (file.bytes === 0) return { file: plain, key: file.key, copy: null, typed: {} }
  if (config.format === 'parquet') return await prepareTyped(request, file, plain)
  const head = await headOf(file.path, headBytes, file.key)
  const encoding = markedEncoding(head) ?? config.encoding ?? 'utf-8'
  const copy = await inUtf8(request, file, encoding)
  const path = copy ?? file.path
  const bytes = copy === null ? file.bytes : (await stat(copy)).size
  const header = await headerOf(request, sampleText(head, encoding), path)
  return { file: { path, bytes, header, label: file.key }, key: file.key, copy, typed: {} }
}

async function prepareTyped(request: FilesRequest, file: LandedFile, plain: RawFile): Promise<Prepared> {
  const { format } = request.config
  try {
    const typed = await request.describe({ via: 'raw', format, columns: {}, files: [plain], options: {} })
    return { file: { ...plain, header: meantNames(request, Object.keys(typed)) }, key: file.key, copy: null, typed }
  } catch (error) {
    return failUnreadable(file.key, error)
  }
}

async function headerOf(request: FilesRequest, text: string, path: string): Promise<readonly string[]> {
  const { config, columns } = request
  if (config.format === 'csv')
    return config.header ? namesIn(request, firstRecord(text, config.delimiter, config.quote)) : Object.keys(columns)
  // Names of a JSON file are known only when all of it has been read; that is done where somebody wants to know.
  return config.newColumns === 'ignore' ? [] : meantNames(request, await jsonKeys(path, config.layout))
}

function namesIn(request: FilesRequest, header: readonly string[]): readonly string[] {
  const known = new Set(Object.keys(request.columns).map(lower))
  return namedFields(meantNames(request, header), (i) => known.has(numberedColumn(i)))
}

/** A file may still have the name that a column had before a rename. */
function meantNames({ columns }: FilesRequest, names: readonly string[]): readonly string[] {
  const former = formerNames(columns)
  return names.map((name) => former.get(lower(name)) ?? name)
}

const lower = (name: string): string => name.toLowerCase()

function checkHeader(request: FilesRequest, one: Prepared): void {
  const { header } = one.file
  if (header.length === 0) return
  const seen = new Set<string>()
  const twice = header.filter((name) => name !== '' && seen.size === seen.add(lower(name)).size)
  // Of JSON these are the keys of different records, written in different ways.
  if (twice.length > 0 && request.config.format !== 'json')
    fail('files/duplicate-header', { path: one.key, names: twice })
  const expected = Object.keys(request.columns)
  if (request.config.format !== 'json' && expected.length > 0 && !expected.some((name) => seen.has(lower(name))))
    fail(request.config.format === 'csv' ? 'files/no-header' : 'files/other-columns', {
      path: one.key,
      found: header.slice(0, 10),
      expected: expected.slice(0, 10),
    })
}

/** What to do with columns that the table does not have, said once per source. */
function addedColumns(request: FilesRequest, files: readonly Prepared[]): Columns {
  const known = new Set(Object.keys(request.columns).map(lower))
  const added = new Map<string, readonly [string, ColumnSpec]>()
  for (const one of files) {
    const fresh = one.file.header.filter((name) => name !== '' && !known.has(lower(name)))
    if (fresh.length > 0 && request.config.newColumns === 'refuse')
      fail('files/new-columns', { path: one.key, names: fresh })
    for (const name of fresh) {
      const before = added.get(lower(name))
      added.set(lower(name), [before?.[0] ?? name, { type: typeOf(before?.[1], one.typed[name]) }])
    }
  }
  return request.config.newColumns === 'add' ? Object.fromEntries(added.values()) : {}
}

/** Text holds what files say differently, or do not say. */
function typeOf(before: ColumnSpec | undefined, said: ColumnSpec | undefined): DataType {
  const type = said?.type ?? 'string'
  return before === undefined || stable(before.type) === stable(type) ? type : 'string'
}

function optionsOf(config: FilesConfig): RawScan['options'] {
  const { path: _path, format: _format, changed: _changed, encoding: _encoding, ...options } = config
  return options
}

/** What has arrived since the position, as one scan for the engine; nothing is read but headers.
 *
 * Two calls with the same position and the same files give the same plan, so a run that died may simply try again.
 */
export async function planFiles(request: FilesRequest): Promise<FilesPlan> {
  const { config, columns } = request
  const { fresh, position } = await arrivals(request.root, config.path, request.position, config.changed)
  const prepared: Prepared[] = []
  const release = async (): Promise<void> => {
    await Promise.all(prepared.flatMap(({ copy }) => (copy === null ? [] : [rm(copy, { force: true })])))
  }
  try {
    for (const file of fresh) prepared.push(await prepare(request, file))
    for (const one of prepared) checkHeader(request, one)
    const added = addedColumns(request, prepared)
    if (fresh.length === 0) return { scan: null, position, added, release }
    const scan: RawScan = {
      via: 'raw',
      format: config.format,
      columns: { ...columns, ...added },
      files: prepared.map((one) => one.file),
      options: optionsOf(config),
    }
    return { scan, position, added, release }
  } catch (error) {
    await release()
    throw error
  }
}
