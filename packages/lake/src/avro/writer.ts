import { Pairs } from './pairs.ts'
import type { AvroRecord, AvroSchema, AvroValue } from './schema.ts'

type Write = (out: Output, value: AvroValue | undefined) => void

/** A growing buffer. */
export class Output {
  #bytes: Buffer = Buffer.allocUnsafe(1 << 14)
  #length = 0

  /** What was written so far. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  raw(part: Uint8Array): void {
    this.#reserve(part.length)
    this.#bytes.set(part, this.#length)
    this.#length += part.length
  }

  long(value: number | bigint): void {
    this.#reserve(10)
    if (typeof value === 'number' && value >= 0 && value < 0x3fffffff) return this.#small(value * 2)
    const wide = BigInt(value)
    let left = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n))
    for (; left > 0x7fn; left >>= 7n) this.#bytes[this.#length++] = Number(left & 0x7fn) | 0x80
    this.#bytes[this.#length++] = Number(left)
  }

  sized(part: Uint8Array): void {
    this.long(part.length)
    this.raw(part)
  }

  text(value: string): void {
    this.sized(Buffer.from(value, 'utf8'))
  }

  #small(zigzag: number): void {
    let left = zigzag
    for (; left > 0x7f; left >>>= 7) this.#bytes[this.#length++] = (left & 0x7f) | 0x80
    this.#bytes[this.#length++] = left
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + size))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

/** Compiles a schema into the function that writes one value of it. */
export function compileWriter(schema: AvroSchema): Write {
  if (Array.isArray(schema)) return optionalWriter(schema)
  const one = schema as Exclude<AvroSchema, readonly AvroSchema[]>
  if (typeof one === 'string') return writers[one]
  switch (one.type) {
    case 'record':
      return recordWriter(one.fields.map((field) => [field.name, compileWriter(field.type)]))
    case 'array':
      return arrayWriter(compileWriter(one.items))
    case 'map':
      return mapWriter(compileWriter(one.values))
    case 'fixed':
      return fixedWriter(one.size)
    case 'enum':
      return (out, value) => out.long(one.symbols.indexOf(text(value)))
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'bytes':
    case 'string':
      return writers[one.type]
  }
}

const writers = {
  null: () => {},
  boolean: (out, value) => out.raw(Uint8Array.of(value === true ? 1 : 0)),
  int: (out, value) => out.long(integer(value)),
  long: (out, value) => out.long(integer(value)),
  float: (out, value) => {
    const bytes = Buffer.allocUnsafe(4)
    bytes.writeFloatLE(Number(value))
    out.raw(bytes)
  },
  double: (out, value) => {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeDoubleLE(Number(value))
    out.raw(bytes)
  },
  bytes: (out, value) => out.sized(binary(value)),
  string: (out, value) => out.text(text(value)),
} satisfies Record<string, Write>

/** The unions that table formats write hold null and one other type. */
function optionalWriter(branches: readonly AvroSchema[]): Write {
  const nullAt = branches.indexOf('null')
  const other = branches.findIndex((branch) => branch !== 'null')
  const inner = branches[other]
  if (branches.length !== 2 || nullAt < 0 || inner === undefined) throw new Error('only optional values are written')
  const write = compileWriter(inner)
  return (out, value) => {
    if (value === null || value === undefined) return out.long(nullAt)
    out.long(other)
    write(out, value)
  }
}

function recordWriter(fields: readonly (readonly [string, Write])[]): Write {
  return (out, value) => {
    const from = record(value)
    for (const [name, write] of fields) write(out, from[name])
  }
}

function arrayWriter(item: Write): Write {
  return (out, given) => {
    const value = given instanceof Pairs ? given.decode() : given
    if (!Array.isArray(value)) throw mismatch('array', value)
    if (value.length > 0) out.long(value.length)
    for (const one of value) item(out, one)
    out.long(0)
  }
}

function mapWriter(item: Write): Write {
  return (out, value) => {
    const entries = Object.entries(record(value))
    if (entries.length > 0) out.long(entries.length)
    for (const [key, one] of entries) {
      out.text(key)
      item(out, one)
    }
    out.long(0)
  }
}

function fixedWriter(size: number): Write {
  return (out, value) => {
    const bytes = binary(value)
    if (bytes.length !== size) throw new Error(`Avro fixed of ${size} bytes got ${bytes.length}`)
    out.raw(bytes)
  }
}

function integer(value: AvroValue | undefined): number | bigint {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return value
  throw mismatch('integer', value)
}

function binary(value: AvroValue | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw mismatch('bytes', value)
}

function text(value: AvroValue | undefined): string {
  if (typeof value === 'string') return value
  throw mismatch('string', value)
}

function record(value: AvroValue | undefined): AvroRecord {
  const plain = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (plain && !(value instanceof Uint8Array) && !(value instanceof Pairs)) return value
  throw mismatch('record', value)
}

const mismatch = (wanted: string, value: unknown): Error =>
  new TypeError(`Avro ${wanted} expected, got ${typeof value}`)
