/** Thrift's compact protocol without a schema: what is read can be written again byte for byte. */
export interface ThriftField {
  readonly id: number
  readonly kind: number
  readonly value: unknown
}
export type Struct = ThriftField[]

interface ThriftList {
  readonly kind: number
  readonly items: readonly unknown[]
}

interface ThriftMap {
  readonly kinds: number
  readonly entries: readonly (readonly [unknown, unknown])[]
}

const kind = {
  yes: 1,
  no: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const

const isBoolean = (one: number): boolean => one === kind.yes || one === kind.no

class Reader {
  private at = 0
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  private byte(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw new Error('the footer ends too early')
    return value
  }

  private varint(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }

  private zigzag(): bigint {
    const value = this.varint()
    return (value >> 1n) ^ -(value & 1n)
  }

  private slice(length: number): Uint8Array {
    return this.bytes.subarray(this.at, (this.at += length))
  }

  private list(): ThriftList {
    const head = this.byte()
    const length = head >> 4 === 15 ? Number(this.varint()) : head >> 4
    const item = head & 15
    return { kind: item, items: Array.from({ length }, () => (isBoolean(item) ? this.byte() : this.value(item))) }
  }

  private map(): ThriftMap {
    const length = Number(this.varint())
    if (length === 0) return { kinds: 0, entries: [] }
    const kinds = this.byte()
    return { kinds, entries: Array.from({ length }, () => [this.value(kinds >> 4), this.value(kinds & 15)] as const) }
  }

  private value(one: number): unknown {
    if (isBoolean(one)) return one === kind.yes
    if (one === kind.byte) return this.byte()
    if (one === kind.i16 || one === kind.i32 || one === kind.i64) return this.zigzag()
    if (one === kind.double) return this.slice(8)
    if (one === kind.binary) return this.slice(Number(this.varint()))
    if (one === kind.list || one === kind.set) return this.list()
    if (one === kind.map) return this.map()
    if (one === kind.struct) return this.struct()
    throw new Error(`the footer holds an unknown kind of value (${one})`)
  }

  struct(): Struct {
    const fields: Struct = []
    let id = 0
    for (let head = this.byte(); head !== 0; head = this.byte()) {
      id = head >> 4 === 0 ? Number(this.zigzag()) : id + (head >> 4)
      fields.push({ id, kind: head & 15, value: this.value(head & 15) })
    }
    return fields
  }
}

class Writer {
  readonly out: number[] = []

  private varint(value: bigint): void {
    let rest = value
    for (; rest > 127n; rest >>= 7n) this.out.push(Number(rest & 127n) | 128)
    this.out.push(Number(rest))
  }

  private zigzag(value: bigint): void {
    this.varint(value >= 0n ? value << 1n : (-value << 1n) - 1n)
  }

  private bytes(value: Uint8Array): void {
    for (const byte of value) this.out.push(byte)
  }

  private list(value: ThriftList): void {
    const { length } = value.items
    this.out.push((Math.min(length, 15) << 4) | value.kind)
    if (length >= 15) this.varint(BigInt(length))
    for (const item of value.items) {
      if (isBoolean(value.kind)) this.out.push(Number(item))
      else this.value(value.kind, item)
    }
  }

  private map(value: ThriftMap): void {
    this.varint(BigInt(value.entries.length))
    if (value.entries.length === 0) return
    this.out.push(value.kinds)
    for (const [key, item] of value.entries) {
      this.value(value.kinds >> 4, key)
      this.value(value.kinds & 15, item)
    }
  }

  private value(one: number, value: unknown): void {
    if (isBoolean(one)) return
    if (one === kind.byte) this.out.push(Number(value))
    else if (typeof value === 'bigint') this.zigzag(value)
    else if (value instanceof Uint8Array) {
      if (one === kind.binary) this.varint(BigInt(value.length))
      this.bytes(value)
    } else if (one === kind.list || one === kind.set) this.list(value as ThriftList)
    else if (one === kind.map) this.map(value as ThriftMap)
    else this.struct(value as Struct)
  }

  struct(fields: Struct): void {
    let last = 0
    for (const field of fields) {
      const step = field.id - last
      if (step > 0 && step < 16) this.out.push((step << 4) | field.kind)
      else {
        this.out.push(field.kind)
        this.zigzag(BigInt(field.id))
      }
      last = field.id
      this.value(field.kind, field.value)
    }
    this.out.push(0)
  }
}

export const readStruct = (bytes: Uint8Array): Struct => new Reader(bytes).struct()

export function writeStruct(fields: Struct): Uint8Array {
  const writer = new Writer()
  writer.struct(fields)
  return Uint8Array.from(writer.out)
}
