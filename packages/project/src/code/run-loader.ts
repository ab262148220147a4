import { type ChildProcess, fork } from 'node:child_process'
import type { Failure, LoadedFile, LoadReply } from './protocol.ts'

/** A project whose package.json names no type is read as modules all the same: nothing to warn of. */
const quiet = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON']

/** The source beside this file, or the bundle beside the bundle. */
const entry = new URL(import.meta.url.endsWith('.ts') ? './loader.ts' : './project-loader.js', import.meta.url)

export type LoadOutcome =
  | { readonly loaded: LoadedFile }
  | { readonly failed: Failure }
  | { readonly hangs: true }
  | { readonly exited: string }

/** Loads files in a process of their own, and in another one after each file that brought it down. */
export async function runLoader(
  files: readonly string[],
  deadlineMs: number,
): Promise<ReadonlyMap<string, LoadOutcome>> {
  const outcomes = new Map<string, LoadOutcome>()
  let left = files
  while (left.length > 0) {
    await loadInOne(left, deadlineMs, outcomes)
    left = left.filter((file) => !outcomes.has(file))
  }
  return outcomes
}

/** Ends when all are loaded, or with the file that ended or stopped the process. */
function loadInOne(files: readonly string[], deadlineMs: number, outcomes: Map<string, LoadOutcome>): Promise<void> {
  return new Promise((resolve) => {
    const child = startLoader()
    let at = files[0] ?? ''
    const finish = (outcome: LoadOutcome | null): void => {
      clearTimeout(timer)
      child.removeAllListeners()
      child.kill('SIGKILL')
      if (outcome !== null) outcomes.set(at, outcome)
      resolve()
    }
    const late = (): void => finish({ hangs: true })
    let timer = setTimeout(late, deadlineMs)
    child.on('message', (reply: LoadReply) => {
      if ('done' in reply) return finish(null)
      if ('at' in reply) {
        at = reply.at
        clearTimeout(timer)
        timer = setTimeout(late, deadlineMs)
      } else outcomes.set(reply.file, 'loaded' in reply ? { loaded: reply.loaded } : { failed: reply.failed })
    })
    child.on('exit', (code, signal) => finish({ exited: signal ?? `exit code ${code}` }))
    child.on('error', (error) => finish({ exited: error.message }))
    child.send({ files })
  })
}

/** What definitions print goes to stderr: stdout is for results. */
function startLoader(): ChildProcess {
  return fork(entry, { execArgv: quiet, serialization: 'json', stdio: ['ignore', 2, 2, 'ipc'] })
}
