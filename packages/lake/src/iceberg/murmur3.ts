const c1 = 0xcc9e2d51
const c2 = 0x1b873593

/** Murmur3, x86, 32 bits, seed 0: Iceberg's hash for buckets, as a signed integer. */
export function murmur3(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = bytes.length - (bytes.length % 4)
  let hash = 0
  for (let at = 0; at < whole; at += 4) {
    hash ^= scramble(view.getUint32(at, true))
    hash = (Math.imul(rotate(hash, 13), 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let at = bytes.length - 1; at >= whole; at -= 1) tail = (tail << 8) | (bytes[at] ?? 0)
  if (whole < bytes.length) hash ^= scramble(tail)
  return finish(hash ^ bytes.length)
}

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))
const scramble = (block: number): number => Math.imul(rotate(Math.imul(block, c1), 15), c2)

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
