/** Decompresses one raw snappy block: a length, then literals and copies of what came before. */
export function inflateSnappy(block: Buffer): Buffer {
  const input = { bytes: block, at: 0 }
  const output = Buffer.alloc(readLength(input))
  let length = 0
  while (input.at < block.length) {
    const tag = next(input)
    const piece = (tag & 3) === 0 ? literal(input, tag) : copy(input, tag, output, length)
    if (length + piece.length > output.length) throw new Error('snappy block is longer than it says')
    output.set(piece, length)
    length += piece.length
  }
  if (length !== output.length) throw new Error('snappy block is shorter than it says')
  return output
}

interface Input {
  readonly bytes: Buffer
  at: number
}

function next(input: Input): number {
  const byte = input.bytes[input.at]
  if (byte === undefined) throw new Error('snappy block ends too early')
  input.at += 1
  return byte
}

function readLength(input: Input): number {
  let length = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = next(input)
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return length
  }
  throw new Error('snappy block has no length')
}

function little(input: Input, size: number): number {
  const value = input.bytes.readUIntLE(input.at, size)
  input.at += size
  return value
}

function literal(input: Input, tag: number): Buffer {
  const short = tag >> 2
  const length = short < 60 ? short + 1 : little(input, short - 59) + 1
  const piece = input.bytes.subarray(input.at, input.at + length)
  if (piece.length < length) throw new Error('snappy block ends too early')
  input.at += length
  return piece
}

/** A copy may overlap what it writes: then its bytes repeat. */
function copy(input: Input, tag: number, output: Buffer, written: number): Buffer {
  const kind = tag & 3
  const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
  const offset = kind === 1 ? (tag >> 5) * 256 + next(input) : little(input, kind === 2 ? 2 : 4)
  if (offset === 0 || offset > written) throw new Error('snappy copy from before the beginning')
  const source = output.subarray(written - offset, written)
  const piece = Buffer.alloc(length)
  for (let index = 0; index < length; index += 1) piece[index] = source[index % offset] ?? 0
  return piece
}
