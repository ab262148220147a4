import type { TableMetadata } from './metadata.ts'

const mostTables = 64

/** Metadata files never change, so what was read or written a moment ago needs no second reading. The oldest goes first. */
export class MetadataCache {
  readonly #known = new Map<string, TableMetadata>()

  get(file: string): TableMetadata | undefined {
    const found = this.#known.get(file)
    if (found !== undefined) this.keep(file, found)
    return found
  }

  keep(file: string, metadata: TableMetadata): void {
    this.#known.delete(file)
    this.#known.set(file, metadata)
    const [oldest] = this.#known.keys()
    if (this.#known.size > mostTables && oldest !== undefined) this.#known.delete(oldest)
  }
}
