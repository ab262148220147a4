/**
 * Murmur3 (x86, 32 bits, seed 0) as Iceberg's bucket transform wants it. Integers are hashed in SQL, which DuckDB runs on
 * all threads; bytes and decimals by a function of ours over whole vectors, because the same in SQL is eight times slower.
 */
import { type DuckDBConnection, DuckDBScalarFunction, BLOB, INTEGER, VARCHAR } from '@duckdb/node-api'
import type { DataType } from '@millrace/core'
import { isThere } from '../arrow/column.ts'
import { readChunk } from '../arrow/read-vector.ts'

const c1 = 0xcc9e2d51
const c2 = 0x1b873593

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by))
const mixKey = (key: number): number => Math.imul(rotate(Math.imul(key, c1), 15), c2)

/** The signed 32-bit hash of the bytes `from` to `to`. */
export function murmur3(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  const length = to - from
  const blocks = from + (length & ~3)
  let hash = 0
  for (let at = from; at < blocks; at += 4) {
    const key =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
    hash = (Math.imul(rotate(hash ^ mixKey(key), 13), 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let at = to - 1; at >= blocks; at--) tail = (tail << 8) | (bytes[at] ?? 0)
  if (to > blocks) hash ^= mixKey(tail)
  hash ^= length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** The smallest two's complement of an integer, highest byte first: how Iceberg hashes decimals. */
export function minimalBytes(value: bigint): Uint8Array {
  let size = 1
  while (BigInt.asIntN(size * 8, value) !== value) size++
  return Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * (size - 1 - i))) & 255n))
}

type Hash = (bytes: Uint8Array, from: number, to: number) => number

const decimalHash: Hash = (bytes, from, to) =>
  murmur3(minimalBytes(BigInt(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1'))))

function hashFunction(name: string, input: 'binary' | 'string', hash: Hash): DuckDBScalarFunction {
  const types: readonly DataType[] = [input]
  return DuckDBScalarFunction.create({
    name,
    parameterTypes: [input === 'binary' ? BLOB : VARCHAR],
    returnType: INTEGER,
    mainFunction: (_info, chunk, output) => {
      const [column] = readChunk(chunk.chunk, types)
      if (column === undefined) return
      const offsets = column.offsets ?? new Int32Array(1)
      for (let row = 0; row < column.length; row++) {
        const known = isThere(column.validity, row)
        output.setItem(row, known ? hash(column.values, offsets[row] ?? 0, offsets[row + 1] ?? 0) : null)
      }
      output.flush()
    },
  })
}

/**
 * Of 32 bits in 64 without a sign, in which nothing overflows. A macro's argument is copied to each place that names it, and
 * copies multiply with every step: so a word is rotated as the upper half of itself written twice, and only the last steps copy.
 */
const macros = [
  'low(x) AS (x & 4294967295)::UBIGINT',
  'mul(a, b) AS millrace_low(a * b::UBIGINT)',
  'rotl(x, r) AS millrace_low((x * 4294967297::UBIGINT) >> (32 - r))',
  'key(k) AS millrace_mul(millrace_rotl(millrace_mul(k, 3432918353), 15), 461845907)',
  'mix(h, k) AS millrace_low(millrace_rotl(xor(h, millrace_key(k)), 13) * 5 + 3864292196)',
  'end1(h) AS millrace_mul(xor(h, h >> 16), 2246822507)',
  'end2(h) AS millrace_mul(xor(h, h >> 13), 3266489909)',
  'end3(h) AS xor(h, h >> 16)',
  'mixed(v) AS millrace_mix(millrace_mix(0::UBIGINT, millrace_low(v)), millrace_low(v >> 32))',
  'hash_long(v) AS millrace_end3(millrace_end2(millrace_end1(xor(millrace_mixed(v), 8))))',
]

/**
 * Makes the functions that partition transforms use known to a database. Temporary ones are found from every catalog; others
 * would go into that of the statement that is just being run, and be gone with its inputs.
 */
export async function registerHashes(connection: DuckDBConnection): Promise<void> {
  for (const macro of macros) await connection.run(`CREATE OR REPLACE TEMP MACRO millrace_${macro}`)
  connection.registerScalarFunction(hashFunction('millrace_hash_bytes', 'binary', murmur3))
  connection.registerScalarFunction(hashFunction('millrace_hash_decimal', 'string', decimalHash))
}
