// Starts the process that reads. Small, because a command that will read may start it before anything else is loaded.
import { type ChildProcess, fork } from 'node:child_process'
import { connections } from './protocol.ts'

/** The source beside this file, or the bundle beside the bundle. */
const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './sql-worker.js', import.meta.url)

/** A process, and the moment from which it reads. */
export interface Started {
  readonly process: ChildProcess
  readonly ready: Promise<unknown>
}

let early: Started | null = null

/** Starts a process for whoever reads first: its start takes half as long as all that comes before the first text. */
export function startEarly(): void {
  early ??= started()
  rest(early)
}

/** The process that was started early, or a new one. */
export function start(): Started {
  const ready = early ?? started()
  early = null
  return ready
}

function started(): Started {
  const child = fork(entry, {
    execArgv: [],
    env: environmentOf(process.env),
    // Results of thousands of models: plain JSON is faster than structured clones and holds all we send.
    serialization: 'json',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  return { process: child, ready: new Promise((resolve) => child.once('message', resolve)) }
}

/** Between requests the child must not keep a program alive that forgot to close the reader. */
export function rest({ process: child }: Started): void {
  child.unref()
  child.channel?.unref()
}

/** The worker sees no secrets of the environment. */
function environmentOf(all: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot', 'NODE_COMPILE_CACHE', 'LD_LIBRARY_PATH', 'USERPROFILE']
  return {
    ...Object.fromEntries(kept.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]]))),
    ...fewThreads,
  }
}

/**
 * As many threads as queries run at a time, so that each finds its memory as it left it; and memory that a query gave back is
 * kept for the next, close at hand (glibc: other systems pass these by). Together a sixth less work for thousands of texts.
 */
const fewThreads = {
  UV_THREADPOOL_SIZE: String(connections),
  MALLOC_TRIM_THRESHOLD_: String(256 * 2 ** 20),
  MALLOC_TOP_PAD_: String(16 * 2 ** 20),
  MALLOC_MMAP_THRESHOLD_: String(256 * 2 ** 20),
  GLIBC_TUNABLES: 'glibc.malloc.tcache_count=2000:glibc.malloc.mxfast=0',
} as const
