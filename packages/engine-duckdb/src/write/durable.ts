import { open } from 'node:fs/promises'
import { availableParallelism } from 'node:os'

/** Flushes at a time: the file system writes its journal once for all that wait together. */
const together = Math.max(4, availableParallelism() * 4)

async function flush(path: string, flags: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Returns when the files, and then their names in the folder, are on the disk. */
export async function makeDurable(folder: string, files: readonly string[]): Promise<void> {
  const waiting = [...files]
  const worker = async (): Promise<void> => {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) await flush(file, 'r+')
  }
  await Promise.all(Array.from({ length: together }, worker))
  // Windows knows no such call for folders and needs none.
  if (process.platform !== 'win32') await flush(folder, 'r')
}
