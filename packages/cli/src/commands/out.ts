import { once } from 'node:events'
import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fail } from '@millrace/core'
import { isAlive } from '@millrace/runtime'
import { isClosedPipe } from '../terminal/closed-pipe.ts'

/** Where text goes; `write` answers whether anybody still reads. */
export interface Out {
  write(text: string): Promise<boolean>
}

/** `millrace query ... | head` closes the pipe early. */
export const standardOut: Out = {
  async write(text) {
    if (!process.stdout.writable) return false
    try {
      if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
      return true
    } catch (error) {
      if (isClosedPipe(error)) return false
      throw error
    }
  },
}

const stops = ['SIGINT', 'SIGTERM'] as const

/** Removes a file when the process is asked to stop; gives how to leave it alone again. */
function removedOnStop(path: string): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    rmSync(path, { force: true })
    // Heard once: now it ends the process, as it would have.
    process.kill(process.pid, signal)
  }
  for (const signal of stops) process.once(signal, stop)
  return () => {
    for (const signal of stops) process.off(signal, stop)
  }
}

/** A file that has its name only when it is whole: until then, and after a kill, what there is of it lies beside it. The next
 * that shall have this name removes what killed processes have left; who is only asked to stop does so itself. */
export class NewFile implements Out {
  readonly #path: string
  readonly #part: string
  readonly #handle: FileHandle
  readonly #leave: () => void

  private constructor(path: string, part: string, handle: FileHandle, leave: () => void) {
    this.#path = path
    this.#part = part
    this.#handle = handle
    this.#leave = leave
  }

  static async open(path: string): Promise<NewFile> {
    if (existsSync(path)) fail('files/exists', { path })
    if (!existsSync(dirname(path))) fail('files/no-folder', { path, folder: dirname(path) })
    await removeLeft(path)
    const part = `${path}.${process.pid}.part`
    const leave = removedOnStop(part)
    try {
      // Made at once and opened then: opening, which a signal may overtake, makes nothing that would be left.
      closeSync(openSync(part, 'w'))
      return new NewFile(path, part, await open(part, 'r+'), leave)
    } catch (error) {
      leave()
      throw error
    }
  }

  async write(text: string): Promise<boolean> {
    await this.#handle.writeFile(text)
    return true
  }

  /** Gives the file its name; answers how large it is. */
  async finish(): Promise<number> {
    const { size } = await this.#handle.stat()
    await this.#handle.close()
    await rename(this.#part, this.#path)
    return size
  }

  /** Removes what there is of a file that was not finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave()
    await this.#handle.close()
    await rm(this.#part, { force: true })
  }
}

async function removeLeft(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)]
  for (const one of await readdir(folder)) {
    const pid = one.startsWith(`${name}.`) ? /^(\d+)\.part$/.exec(one.slice(name.length + 1))?.[1] : undefined
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, one), { force: true })
  }
}
