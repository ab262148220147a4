import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fail, type ObjectStore, type StoredObject } from '@millrace/core'

/** Files on a local disk.
 *
 * Invariants:
 * - A path is either absent or whole: bytes go to a temporary name beside it, are flushed, and then get their name.
 * - Nothing is overwritten: the name is given by `link`, which fails where a file exists (`rename` would replace it).
 * - When a write resolves it survives a power cut: the file and the folders that lead to it have been flushed.
 * - A crash leaves at most a temporary file, whose name begins with a dot.
 * - A disk without hard links is refused: nothing else names a file without a chance to replace another.
 */
export function localStore(giveName: typeof link = link): ObjectStore {
  const create: ObjectStore['create'] = (path, body) => createFile(path, body, giveName)
  return {
    get: read,
    put: async (path, body) => {
      if ((await create(path, body)) === 'exists') fail('lake/exists', { path })
    },
    create,
    list,
    remove,
  }
}

async function read(path: string, range?: readonly [start: number, end: number]): Promise<Uint8Array> {
  if (range === undefined) return await readFile(path)
  const file = await open(path, 'r')
  try {
    const [start, end] = range
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** What the systems say of a file system without hard links. */
const noLinks = new Set<unknown>(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

async function createFile(path: string, body: Uint8Array, giveName: typeof link): Promise<'created' | 'exists'> {
  const folder = dirname(path)
  await makeFolder(folder)
  const temporary = join(folder, `.${randomUUID()}.tmp`)
  try {
    await writeFlushed(temporary, body)
    await giveName(temporary, path).catch((error: unknown) => {
      if (!noLinks.has(codeOf(error))) throw error
      fail('lake/no-links', { folder, message: (error as Error).message })
    })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'exists'
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
  await flushFolder(folder)
  return 'created'
}

async function writeFlushed(path: string, body: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(body)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A new folder is an entry of its parent, which must reach the disk too. */
async function makeFolder(folder: string): Promise<void> {
  const firstMade = await mkdir(folder, { recursive: true })
  if (firstMade === undefined) return
  for (let made = folder; made.length >= firstMade.length; made = dirname(made)) await flushFolder(dirname(made))
}

async function flushFolder(folder: string): Promise<void> {
  // Windows opens no folders; NTFS journals the entry by itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function* list(prefix: string): AsyncGenerator<StoredObject> {
  const folder = prefix.endsWith('/') ? prefix : `${dirname(prefix)}/`
  for (const path of await filesBelow(folder)) {
    if (!path.startsWith(prefix)) continue
    const found = await stat(path).catch(absent)
    if (found !== null) yield { path, bytes: found.size, modifiedMs: found.mtimeMs }
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(absent)
  return (entries ?? [])
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

async function remove(paths: readonly string[]): Promise<void> {
  for (const path of paths) await unlink(path).catch(absent)
}

/** What is gone already, or never was, is no error. */
function absent(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
