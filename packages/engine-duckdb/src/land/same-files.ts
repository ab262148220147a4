/**
 * Files must stay as they are while they are read: more than one reader reads each, and what was counted must be what was
 * copied. A file that went away, shrank, grew or was written anew makes the landing fail, so nothing of it is published and
 * the next run lands what is there then.
 */
import { stat } from 'node:fs/promises'
import { fail, type RawFile } from '@millrace/core'
import { localPath } from '../sql/local-path.ts'
import { labelOf } from './landing.ts'

/** How files looked when their reading began. */
export type Looks = ReadonlyMap<RawFile, number>

export async function looksOf(files: readonly RawFile[]): Promise<Looks> {
  const looks = new Map<RawFile, number>()
  for (const file of files) looks.set(file, await timeOf(file))
  return looks
}

/** Fails where a file is not what it was. */
export async function mustBeSame(looks: Looks): Promise<void> {
  for (const [file, time] of looks) if ((await timeOf(file)) !== time) refuse(file)
}

/** When a file was written; its size must be the one that was found when it arrived. */
async function timeOf(file: RawFile): Promise<number> {
  const found = await stat(localPath(file.path)).catch(() => fail('engine/input-vanished', { path: labelOf(file) }))
  return found.size === file.bytes ? found.mtimeMs : refuse(file)
}

const refuse = (file: RawFile): never => fail('engine/input-changed', { path: labelOf(file) })
