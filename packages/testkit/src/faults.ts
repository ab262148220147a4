import type { ObjectStore } from '@millrace/core'

/** What a disk says that is full, that may not be written, or that is broken. */
export type FaultCode = 'ENOSPC' | 'EROFS' | 'EIO'

export interface Fault {
  readonly code: FaultCode
  /** The operation is done all the same, and only the answer is lost. */
  readonly done?: boolean
}

/** A store of which some operations fail, as the operating system lets them fail. `fault` is asked before each of them. */
export function withFaults(
  store: ObjectStore,
  fault: (operation: keyof ObjectStore, path: string) => Fault | null,
): ObjectStore {
  const through = async <T>(operation: keyof ObjectStore, path: string, work: () => Promise<T>): Promise<T> => {
    const found = fault(operation, path)
    if (found === null) return await work()
    if (found.done === true) await work()
    throw refusal(found.code, operation, path)
  }
  return {
    get: (path, range) => through('get', path, () => store.get(path, range)),
    put: (path, body) => through('put', path, () => store.put(path, body)),
    create: (path, body) => through('create', path, () => store.create(path, body)),
    remove: (paths) => through('remove', paths.join(' '), () => store.remove(paths)),
    async *list(prefix) {
      const found = fault('list', prefix)
      if (found !== null) throw refusal(found.code, 'list', prefix)
      yield* store.list(prefix)
    },
  }
}

const said: Readonly<Record<FaultCode, string>> = {
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EIO: 'i/o error',
}

const refusal = (code: FaultCode, operation: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${said[code]}, ${operation} '${path}'`), { code })
