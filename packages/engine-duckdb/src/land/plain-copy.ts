import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { randomUUID } from 'node:crypto'
import { fail, type RawFile } from '@millrace/core'
import { localPath } from '../sql/local-path.ts'
import { labelOf } from './landing.ts'

export const isCompressed = (path: string): boolean => /\.(gz|zst)$/i.test(path)

/**
 * Unpacks a compressed file into the folder for spilling. DuckDB could read it in place, but it takes a file that was cut
 * short at a line end for a whole one; here the checksum at the end must be there and be right.
 */
export async function plainCopy(file: RawFile, spill: string): Promise<string> {
  const target = join(spill, `${randomUUID()}.raw`)
  const unpack = /\.gz$/i.test(file.path) ? createGunzip() : createZstdDecompress()
  try {
    await pipeline(createReadStream(localPath(file.path)), unpack, createWriteStream(target))
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'ENOENT') fail('engine/input-vanished', { path: labelOf(file) })
      if (error.code === 'ENOSPC') fail('engine/disk-full', { message: error.message })
    }
    fail('files/unreadable', { path: labelOf(file), problem: error instanceof Error ? error.message : String(error) })
  }
  return target
}
