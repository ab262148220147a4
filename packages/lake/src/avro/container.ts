import { createHash } from 'node:crypto'
import { type Codec, compress, decompress } from './codecs.ts'
import { type Cursor, readInt, take } from './cursor.ts'
import { compileReader } from './reader.ts'
import { type AvroRecord, type AvroSchema, parseSchema } from './schema.ts'
import { compileWriter, Output } from './writer.ts'

const magic = Buffer.from('Obj\u0001', 'latin1')
const markerBytes = 16
const recordsPerBlock = 2000

/** What an Avro file holds. `header` has the metadata beside schema and codec, as text. */
export interface AvroFile {
  readonly schema: AvroSchema
  readonly header: Readonly<Record<string, string>>
  readonly records: readonly AvroRecord[]
}

/** An Avro file as it was read. */
export interface UnpackedAvro extends AvroFile {
  /** What its records take in memory, about: values that nobody has asked for yet lie in the bytes of their blocks. */
  readonly weight: number
}

const recordWeight = 1000

export function writeAvro(file: AvroFile, codec: Codec = 'deflate'): Buffer {
  const out = new Output()
  const schema = JSON.stringify(file.schema)
  // Any 16 bytes will do that rarely occur in the data; a hash keeps the writing of a file a pure function.
  const marker = createHash('sha256')
    .update(schema)
    .update(JSON.stringify(file.header))
    .digest()
    .subarray(0, markerBytes)
  out.raw(magic)
  const header = Object.entries({ ...file.header, 'avro.schema': schema, 'avro.codec': codec })
  out.long(header.length)
  for (const [key, value] of header) {
    out.text(key)
    out.text(value)
  }
  out.long(0)
  out.raw(marker)
  const write = compileWriter(file.schema)
  for (let from = 0; from < file.records.length; from += recordsPerBlock) {
    const block = file.records.slice(from, from + recordsPerBlock)
    const body = new Output()
    for (const record of block) write(body, record)
    out.long(block.length)
    out.sized(compress(codec, body.bytes()))
    out.raw(marker)
  }
  return out.bytes()
}

export function readAvro(bytes: Uint8Array): UnpackedAvro {
  const cursor: Cursor = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 }
  if (!take(cursor, magic.length).equals(magic)) throw new Error('not an Avro file')
  const raw = compileReader({ type: 'map', values: 'bytes' })(cursor) as Record<string, Buffer>
  const header = Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, value.toString('utf8')]))
  const schema = parseSchema(header['avro.schema'] ?? '')
  const marker = take(cursor, markerBytes)
  const records: AvroRecord[] = []
  let unpacked = 0
  const read = compileReader(schema)
  while (cursor.at < cursor.bytes.length) {
    const count = readInt(cursor)
    const body: Cursor = { bytes: decompress(header['avro.codec'] ?? 'null', take(cursor, readInt(cursor))), at: 0 }
    unpacked += body.bytes.length
    if (!take(cursor, markerBytes).equals(marker)) throw new Error('Avro block without its marker')
    for (let left = count; left > 0; left -= 1) records.push(read(body) as AvroRecord)
  }
  return { schema, header, records, weight: unpacked + recordWeight * records.length }
}
