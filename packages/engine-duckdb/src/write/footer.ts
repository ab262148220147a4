/**
 * Parquet footers, read and rewritten in place. Thrift's compact protocol is walked without a schema, so whatever a newer
 * writer adds passes through untouched. Why it is needed:
 * - DuckDB annotates plain integers INT_32 and INT_64; Spark's vectorised Iceberg reader then cannot promote int to long.
 *   The annotations say nothing that the physical type does not, so they are dropped from every file that is written.
 * - The offsets of row groups, which manifests carry, stand in the same footer.
 * The data before the footer is never touched; the file ends up a few bytes shorter. `durable.ts` then flushes it.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { type Struct, readStruct, writeStruct } from './thrift.ts'

const magic = 'PAR1'
const tailBytes = 8

const metadata = { schema: 2, rowGroups: 4 } as const
const element = { convertedType: 6, fieldId: 9, logicalType: 10, children: 5 } as const
const rowGroup = { columns: 1, fileOffset: 5 } as const
const columnChunk = { metadata: 3 } as const
const columnMetadata = { dataPage: 9, dictionaryPage: 11 } as const

/** ConvertedType INT_8, INT_16, INT_32 and INT_64. */
const plainIntegers: ReadonlySet<number> = new Set([15, 16, 17, 18])

interface Footer {
  readonly start: number
  readonly fields: Struct
}

function read(fd: number, path: string): Footer {
  const size = fstatSync(fd).size
  const tail = Buffer.alloc(tailBytes)
  readSync(fd, tail, 0, tailBytes, Math.max(0, size - tailBytes))
  if (tail.toString('latin1', 4) !== magic) throw new Error(`${path} is not a Parquet file`)
  const length = tail.readUInt32LE(0)
  const start = size - tailBytes - length
  const bytes = Buffer.alloc(length)
  readSync(fd, bytes, 0, length, start)
  return { start, fields: readStruct(bytes) }
}

const structs = (value: unknown): readonly Struct[] => {
  if (typeof value !== 'object' || value === null || !('items' in value) || !Array.isArray(value.items)) return []
  return value.items.filter((item): item is Struct => Array.isArray(item))
}

const field = (struct: Struct, id: number): unknown => struct.find((one) => one.id === id)?.value
const number = (value: unknown): number | null => (typeof value === 'bigint' ? Number(value) : null)
const struct = (value: unknown): Struct => (Array.isArray(value) ? (value as Struct) : [])

function dropAnnotations(elements: readonly Struct[]): boolean {
  let changed = false
  for (const one of elements) {
    const converted = number(field(one, element.convertedType))
    if (converted === null || !plainIntegers.has(converted)) continue
    for (const id of [element.convertedType, element.logicalType]) {
      const at = one.findIndex((entry) => entry.id === id)
      if (at >= 0) one.splice(at, 1)
    }
    changed = true
  }
  return changed
}

/** Where a row group's first page lies: its own word for it, else the first column's dictionary or data page. */
function splitOf(group: Struct): number {
  const own = number(field(group, rowGroup.fileOffset))
  if (own !== null && own > 0) return own
  const [first] = structs(field(group, rowGroup.columns))
  const chunk = struct(field(first ?? [], columnChunk.metadata))
  const pages = [columnMetadata.dictionaryPage, columnMetadata.dataPage].map((id) => number(field(chunk, id)))
  return Math.min(...pages.filter((page): page is number => page !== null && page > 0))
}

function rewrite(fd: number, footer: Footer): number {
  const bytes = writeStruct(footer.fields)
  const tail = Buffer.alloc(tailBytes)
  tail.writeUInt32LE(bytes.length, 0)
  tail.write(magic, 4, 'latin1')
  writeAt(fd, Buffer.concat([bytes, tail]), footer.start)
  const size = footer.start + bytes.length + tailBytes
  ftruncateSync(fd, size)
  return size
}

/** A disk that is nearly full takes a part and says so by the number alone. */
function writeAt(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, position + done)
}

export interface Finished {
  readonly bytes: number
  readonly splits: readonly number[]
}

/** Drops the integer annotations of a file just written, and reads where its row groups begin. */
export function finishFile(path: string): Finished {
  const fd = openSync(path, 'r+')
  try {
    const footer = read(fd, path)
    const changed = dropAnnotations(structs(field(footer.fields, metadata.schema)))
    const bytes = changed ? rewrite(fd, footer) : fstatSync(fd).size
    const splits = structs(field(footer.fields, metadata.rowGroups)).map(splitOf).filter(Number.isFinite)
    return { bytes, splits }
  } finally {
    closeSync(fd)
  }
}

/** Whether a file's columns carry field ids; some writers of other lakes set none. */
export function hasFieldIds(path: string): boolean {
  const fd = openSync(path, 'r')
  try {
    const [root, ...elements] = structs(field(read(fd, path).fields, metadata.schema))
    return (
      root === undefined || elements.length === 0 || elements.some((one) => field(one, element.fieldId) !== undefined)
    )
  } finally {
    closeSync(fd)
  }
}
