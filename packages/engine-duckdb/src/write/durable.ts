import { open, readdir, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

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

const alongEveryMs = 500

/**
 * Flushes the files that begin with a name while they are still being written: a disk that has nothing to do until all is
 * written makes everybody wait in the end. Gives how to stop it. A flush that failed fails then, because the system may tell
 * of it only once.
 */
export function flushAlong(folder: string, name: string): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  const going = flushRounds(folder, name, signal).then(
    () => null,
    (error: unknown) => error,
  )
  return async () => {
    stopping.abort()
    const error = await going
    if (error !== null) throw error
  }
}

async function flushRounds(folder: string, name: string, signal: AbortSignal): Promise<void> {
  const flushed = new Map<string, number>()
  for (;;) {
    // An abort ends the pause at once.
    await delay(alongEveryMs, null, { signal, ref: false }).catch(() => null)
    const files = signal.aborted ? [] : (await readdir(folder)).filter((file) => file.startsWith(name))
    for (const file of files) if (!signal.aborted) await flushGrown(join(folder, file), flushed)
    if (signal.aborted) return
  }
}

/** Flushes a file that has another size than when it was flushed last. One that cannot be opened now, because it is gone or somebody
 * else's for the moment, waits for the end. */
async function flushGrown(path: string, flushed: Map<string, number>): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found === null || found.size === flushed.get(path)) return
  flushed.set(path, found.size)
  const handle = await open(path, 'r+').catch(() => null)
  try {
    await handle?.sync()
  } finally {
    await handle?.close()
  }
}
