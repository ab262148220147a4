import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from './benchmark.ts'
import { repository } from './place.ts'

/** The command from its sources, as contributors run it. */
export const millrace = (args: readonly string[]): Command => ({
  file: process.execPath,
  args: [join(repository, 'packages/cli/src/main.ts'), ...args],
})

/** The command as users install it; made first where `npm run pack` has not been run. */
export function packed(args: readonly string[]): Command {
  const bin = join(repository, 'dist/millrace/bin/millrace.cjs')
  if (!existsSync(bin)) {
    // Packing strips types with a function that Node still calls experimental.
    const pack = ['--disable-warning=ExperimentalWarning', join(repository, 'tools/pack.ts')]
    const { status } = spawnSync(process.execPath, pack, { stdio: 'inherit' })
    if (status !== 0) throw new Error('the package could not be made')
  }
  return { file: process.execPath, args: [bin, ...args] }
}

/** Runs the command to its end, where that is no part of what is measured. */
export function runMillrace(args: readonly string[]): void {
  const { file, args: all } = millrace(args)
  const { status, stdout, stderr } = spawnSync(file, all, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`millrace ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`.slice(-3000))
}

/** A script of this folder, run by the same Node. */
export const script = (name: string, args: readonly string[]): Command => ({
  file: process.execPath,
  args: [join(repository, 'benchmarks/contestants', name), ...args],
})
