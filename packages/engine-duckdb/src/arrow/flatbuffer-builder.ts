/**
 * The little of FlatBuffers that Arrow messages need. A buffer is built from its end to its front, as the format wants:
 * children first, then the table that points at them; positions are counted from the end while it grows.
 */
export class FlatBuilder {
  private bytes: Uint8Array = new Uint8Array(1024)
  private view: DataView = new DataView(this.bytes.buffer)
  private used = 0
  private slots: number[] = []
  private tableStart = 0
  private widest = 8

  /** Makes room so that, after `extra` bytes are written, the position is aligned to `size`. */
  private align(size: number, extra: number): void {
    if (size > this.widest) this.widest = size
    const pad = (size - ((this.used + extra) % size)) % size
    this.reserve(pad + extra)
    for (let i = 0; i < pad; i++) this.bytes[this.bytes.length - ++this.used] = 0
  }

  private reserve(more: number): void {
    if (this.used + more <= this.bytes.length) return
    const next = new Uint8Array(Math.max(this.bytes.length * 2, this.used + more + 64))
    next.set(this.bytes.subarray(this.bytes.length - this.used), next.length - this.used)
    this.bytes = next
    this.view = new DataView(next.buffer)
  }

  private at(size: number): number {
    this.used += size
    return this.bytes.length - this.used
  }

  private putInt32(value: number): void {
    this.align(4, 4)
    this.view.setInt32(this.at(4), value, true)
  }

  private putOffset(target: number): void {
    this.align(4, 4)
    this.view.setUint32(this.at(4), this.used - target, true)
  }

  string(text: string): number {
    const encoded = Buffer.from(text, 'utf8')
    this.align(4, encoded.length + 1)
    this.bytes[this.at(1)] = 0
    this.bytes.set(encoded, this.at(encoded.length))
    this.putInt32(encoded.length)
    return this.used
  }

  offsets(targets: readonly number[]): number {
    this.align(4, targets.length * 4)
    for (let i = targets.length - 1; i >= 0; i--) this.putOffset(targets[i] ?? 0)
    this.putInt32(targets.length)
    return this.used
  }

  /** A vector of structs of two int64: Arrow's field nodes and buffers. */
  pairs(values: readonly (readonly [number, number])[]): number {
    this.align(4, values.length * 16)
    this.align(8, values.length * 16)
    for (let i = values.length - 1; i >= 0; i--) {
      const [first, second] = values[i] ?? [0, 0]
      this.view.setBigInt64(this.at(8), BigInt(second), true)
      this.view.setBigInt64(this.at(8), BigInt(first), true)
    }
    this.putInt32(values.length)
    return this.used
  }

  startTable(fields: number): void {
    this.slots = Array.from({ length: fields }, () => 0)
    this.tableStart = this.used
  }

  private slot(field: number): void {
    this.slots[field] = this.used
  }

  int8(field: number, value: number): void {
    this.align(1, 1)
    this.view.setInt8(this.at(1), value)
    this.slot(field)
  }

  int16(field: number, value: number): void {
    this.align(2, 2)
    this.view.setInt16(this.at(2), value, true)
    this.slot(field)
  }

  int32(field: number, value: number): void {
    this.putInt32(value)
    this.slot(field)
  }

  int64(field: number, value: number): void {
    this.align(8, 8)
    this.view.setBigInt64(this.at(8), BigInt(value), true)
    this.slot(field)
  }

  offset(field: number, target: number): void {
    this.putOffset(target)
    this.slot(field)
  }

  endTable(): number {
    this.putInt32(0)
    const table = this.used
    for (let i = this.slots.length - 1; i >= 0; i--) {
      const position = this.slots[i] ?? 0
      this.align(2, 2)
      this.view.setUint16(this.at(2), position === 0 ? 0 : table - position, true)
    }
    this.align(2, 4)
    this.view.setUint16(this.at(2), table - this.tableStart, true)
    this.view.setUint16(this.at(2), (this.slots.length + 2) * 2, true)
    this.view.setInt32(this.bytes.length - table, this.used - table, true)
    return table
  }

  finish(root: number): Uint8Array {
    this.align(this.widest, 4)
    this.putOffset(root)
    return this.bytes.slice(this.bytes.length - this.used)
  }
}
