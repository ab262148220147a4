export interface StoredObject {
  readonly path: string
  readonly bytes: number
  readonly modifiedMs: number
}

/** Where bytes lie. Paths are absolute; nothing is ever overwritten. */
export interface ObjectStore {
  get(path: string, range?: readonly [start: number, end: number]): Promise<Uint8Array>
  /** Durable when it resolves; fails when the path exists. */
  put(path: string, body: Uint8Array): Promise<void>
  /** Like put, but answers instead of failing: the store's compare-and-set. */
  create(path: string, body: Uint8Array): Promise<'created' | 'exists'>
  list(prefix: string): AsyncIterable<StoredObject>
  remove(paths: readonly string[]): Promise<void>
}
