import { open } from 'node:fs/promises'

/** Raw text that a reject keeps; the rest of a monstrous line is cut. */
export const keptRaw: number = 1 << 20

/** Characters of a value that a reason shows. */
export const shownText: number = 200

export interface Stretch {
  readonly offset: number
  readonly bytes: number
}

/** The texts at some places of a file. */
export async function rawTexts(path: string, stretches: readonly Stretch[]): Promise<readonly string[]> {
  const handle = await open(path, 'r')
  try {
    const texts: string[] = []
    for (const { offset, bytes } of stretches) {
      const buffer = Buffer.alloc(Math.min(bytes, keptRaw))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset)
      texts.push(buffer.toString('utf8', 0, bytesRead))
    }
    return texts
  } finally {
    await handle.close()
  }
}
