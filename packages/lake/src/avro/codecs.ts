import { deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { inflateSnappy } from './snappy.ts'

/** The codecs that are written; `snappy` is read only, since foreign programs use it. */
export type Codec = 'null' | 'deflate' | 'zstandard'

export function compress(codec: Codec, block: Uint8Array): Uint8Array {
  if (codec === 'deflate') return deflateRawSync(block)
  return codec === 'zstandard' ? zstdCompressSync(block) : block
}

const checksumBytes = 4

export function decompress(codec: string, block: Buffer): Buffer {
  switch (codec) {
    case 'null':
      return block
    case 'deflate':
      return inflateRawSync(block)
    case 'zstandard':
      return zstdDecompressSync(block)
    case 'snappy':
      return inflateSnappy(block.subarray(0, block.length - checksumBytes))
    default:
      throw new Error(`unknown Avro codec ${codec}`)
  }
}
