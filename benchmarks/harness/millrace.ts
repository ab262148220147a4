import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Command } from './benchmark.ts'
import { repository } from './place.ts'

/** The command from its sources, as contributors run it. */
export const millrace = (args: readonly string[]): Command => ({
  file: process.execPath,
  args: [join(repository, 'packages/cli/src/main.ts'), ...args],
})

let isPacked = false

/** The command as users install it, made anew for each round of benchmarks: an old bundle would be measured in silence. */
export function packed(args: readonly string[]): Command {
  if (!isPacked) {
    // Packing strips types with a function that Node still calls experimental.
    const pack = ['--disable-warning=ExperimentalWarning', join(repository, 'tools/pack.ts')]
    const { status, stderr } = spawnSync(process.execPath, pack, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`the package could not be made\n${stderr}`)
    isPacked = true
  }
  return { file: process.execPath, args: [join(repository, 'dist/millrace/bin/millrace.cjs'), ...args] }
}

/** Runs the command to its end, where that is no part of what is measured. */
export function runMillrace(args: readonly string[]): void {
  const { file, args: all } = packed(args)
  const { status, stdout, stderr } = spawnSync(file, all, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`millrace ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`.slice(-3000))
}

/** A script of this folder, run by the same Node. */
export const script = (name: string, args: readonly string[]): Command => ({
  file: process.execPath,
  args: [join(repository, 'benchmarks/contestants', name), ...args],
})
