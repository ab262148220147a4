/** A table inside a FlatBuffer; fields are asked for by their number, absent ones give the default. What points beyond its end is a
 * `RangeError`. */
export class FlatTable {
  private readonly view: DataView
  private readonly position: number

  constructor(view: DataView, position: number) {
    this.view = view
    this.position = position
  }

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return new FlatTable(view, view.getUint32(0, true))
  }

  private find(field: number): number {
    const vtable = this.position - this.view.getInt32(this.position, true)
    const entry = 4 + field * 2
    if (entry >= this.view.getUint16(vtable, true)) return 0
    const offset = this.view.getUint16(vtable + entry, true)
    return offset === 0 ? 0 : this.position + offset
  }

  private target(at: number): number {
    return at + this.view.getUint32(at, true)
  }

  /** How many things of a width follow their number. */
  private count(start: number, width: number): number {
    const length = this.view.getUint32(start, true)
    if (start + 4 + length * width > this.view.byteLength) throw new RangeError('a list goes beyond its end')
    return length
  }

  int8(field: number, otherwise = 0): number {
    const at = this.find(field)
    return at === 0 ? otherwise : this.view.getInt8(at)
  }

  int16(field: number, otherwise = 0): number {
    const at = this.find(field)
    return at === 0 ? otherwise : this.view.getInt16(at, true)
  }

  int32(field: number, otherwise = 0): number {
    const at = this.find(field)
    return at === 0 ? otherwise : this.view.getInt32(at, true)
  }

  int64(field: number, otherwise = 0): number {
    const at = this.find(field)
    return at === 0 ? otherwise : Number(this.view.getBigInt64(at, true))
  }

  table(field: number): FlatTable | null {
    const at = this.find(field)
    return at === 0 ? null : new FlatTable(this.view, this.target(at))
  }

  string(field: number): string | null {
    const at = this.find(field)
    if (at === 0) return null
    const start = this.target(at)
    const length = this.count(start, 1)
    return Buffer.from(this.view.buffer, this.view.byteOffset + start + 4, length).toString('utf8')
  }

  tables(field: number): readonly FlatTable[] {
    const at = this.find(field)
    if (at === 0) return []
    const start = this.target(at)
    const length = this.count(start, 4)
    return Array.from({ length }, (_, i) => new FlatTable(this.view, this.target(start + 4 + i * 4)))
  }

  /** A vector of structs of two int64. */
  pairs(field: number): readonly (readonly [number, number])[] {
    const at = this.find(field)
    if (at === 0) return []
    const start = this.target(at)
    const length = this.count(start, 16)
    return Array.from({ length }, (_, i) => {
      const one = start + 4 + i * 16
      return [Number(this.view.getBigInt64(one, true)), Number(this.view.getBigInt64(one + 8, true))] as const
    })
  }
}
