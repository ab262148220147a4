import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { fail } from '@millrace/core'
import type { Encoding } from './config.ts'

export const isCompressed = (path: string): boolean => /\.(gz|zst)$/i.test(path)

/** A file's bytes, unpacked. */
export function contentOf(path: string): Readable {
  const bytes = createReadStream(path, { highWaterMark: 1 << 18 })
  if (!isCompressed(path)) return bytes
  const unpack = /\.gz$/i.test(path) ? createGunzip() : createZstdDecompress()
  // Errors of the file must end the unpacking too, or its reader waits for ever.
  bytes.on('error', (error) => unpack.destroy(error))
  return bytes.pipe(unpack)
}

/** The first bytes of a file, unpacked; fewer when it is shorter. `label` is what people know the file by. */
export async function headOf(path: string, bytes: number, label: string = path): Promise<Buffer> {
  const pieces: Buffer[] = []
  let have = 0
  const content = contentOf(path)
  try {
    for await (const piece of content) {
      pieces.push(piece as Buffer)
      have += (piece as Buffer).length
      if (have >= bytes) break
    }
  } catch (error) {
    if (have === 0) {
      const problem = error instanceof Error ? error.message : String(error)
      fail('files/unreadable', { path: label, problem })
    }
  } finally {
    content.destroy()
  }
  return Buffer.concat(pieces).subarray(0, bytes)
}

/** A part of an uncompressed file. */
export async function partOf(path: string, start: number, bytes: number): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    const buffer = Buffer.alloc(bytes)
    const { bytesRead } = await handle.read(buffer, 0, bytes, start)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** What a byte order mark says; null without one. */
export function markedEncoding(head: Uint8Array): Encoding | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8'
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : null
}

/** UTF-16 with its mark, or without one: every other byte of most text is zero then. */
export function wideEncoding(head: Uint8Array): Encoding | null {
  const marked = markedEncoding(head)
  if (marked !== null) return marked === 'utf-8' ? null : marked
  const zeros = [0, 0]
  const some = head.subarray(0, 1000)
  for (const [at, byte] of some.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
  const most = some.length * 0.3
  const [even = 0, odd = 0] = zeros
  return odd > most && even === 0 ? 'utf-16le' : even > most && odd === 0 ? 'utf-16be' : null
}

/** What a file seems to be written in: bytes that are no UTF-8 are taken for Latin-1, which any bytes are. */
export function guessedEncoding(pieces: readonly Uint8Array[]): Encoding {
  const wide = wideEncoding(pieces[0] ?? new Uint8Array())
  if (wide !== null) return wide
  return pieces.every(isUtf8) ? 'utf-8' : 'latin1'
}

function isUtf8(piece: Uint8Array): boolean {
  try {
    // As a stream: the last character may be cut.
    new TextDecoder('utf-8', { fatal: true }).decode(piece, { stream: true })
    return true
  } catch {
    return false
  }
}

/** Text of a sample, whose last character may be cut. */
export const sampleText = (bytes: Uint8Array, encoding: Encoding): string =>
  new TextDecoder(encoding).decode(bytes).replace(/\uFFFD+$/, '')

function decoding(label: string, encoding: Encoding): Transform {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const decode = (bytes: Uint8Array | undefined, last: boolean): string => {
    try {
      return decoder.decode(bytes, { stream: !last })
    } catch {
      return fail('files/unreadable', { path: label, problem: `it is not valid ${encoding}` })
    }
  }
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      try {
        done(null, Buffer.from(decode(piece, false), 'utf8'))
      } catch (error) {
        done(error as Error)
      }
    },
    flush(done) {
      try {
        done(null, Buffer.from(decode(undefined, true), 'utf8'))
      } catch (error) {
        done(error as Error)
      }
    },
  })
}

/** Writes a file anew as UTF-8, piece by piece: the engine reads nothing else. */
export async function asUtf8(path: string, encoding: Encoding, target: string, label: string = path): Promise<void> {
  await pipeline(contentOf(path), decoding(label, encoding), createWriteStream(target, { flags: 'wx' }))
}
