import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lakehouse } from './lakehouse.ts'

/** Removes what killed processes left in the folder for temporary files. */
export async function tidyTemp(
  { paths, state }: Pick<Lakehouse, 'paths' | 'state'>,
  isAlive: (pid: number) => boolean,
): Promise<void> {
  // Listed before asking who runs: a run is recorded before it makes its folder.
  const names = await readdir(paths.temp).catch(() => [])
  const running = new Set<string>(await state.running())
  const left = names.filter((name) => {
    const pid = /^query-(\d+)-/.exec(name)?.[1]
    return pid === undefined ? name.startsWith('run-') && !running.has(name) : !isAlive(Number(pid))
  })
  await Promise.all(left.map((name) => rm(join(paths.temp, name), { recursive: true, force: true })))
}
