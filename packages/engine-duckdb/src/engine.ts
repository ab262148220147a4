import { availableParallelism, totalmem } from 'node:os'
import type { Engine, EngineScope, Session } from '@millrace/core'
import { WorkerProcess } from './process/worker-process.ts'
import { DuckSession } from './session.ts'
import type { SessionLimits } from './session-limits.ts'

export interface DuckDBEngineOptions {
  /** For all workers together; half of the machine's memory when absent. */
  readonly memoryBytes?: number
  /** For all workers together; the machine's processors when absent. */
  readonly threads?: number
  /** How many sessions are expected at a time: memory is divided by this, and as many idle processes are kept warm. */
  readonly workers?: number
}

const leastMemory = 64 * 2 ** 20

/**
 * Processors that are promised for each that is there: sessions also wait, for files or for the command, and the last one of a run
 * should not be left with a part of them. Threads of all sessions stay at twice the processors.
 */
const overcommitted = 2

interface Pool {
  readonly idle: WorkerProcess[]
  readonly all: Set<WorkerProcess>
  open: number
}

let ahead: WorkerProcess | null = null

/** Starts a process for the engine that is opened next, while the caller still reads what the engine is to be like. */
export function startAhead(): void {
  ahead ??= new WorkerProcess()
}

function take(pool: Pool): WorkerProcess {
  for (let worker = pool.idle.pop(); worker !== undefined; worker = pool.idle.pop()) {
    if (worker.alive) return worker
    pool.all.delete(worker)
  }
  const worker = ahead?.alive === true ? ahead : new WorkerProcess()
  ahead = null
  pool.all.add(worker)
  return worker
}

function give(pool: Pool, worker: WorkerProcess | null, workers: number): void {
  pool.open--
  if (worker === null) return
  if (worker.alive && pool.idle.length < workers) pool.idle.push(worker)
  else {
    worker.kill()
    pool.all.delete(worker)
  }
}

/** The embedded engine. There is no DuckDB in this process: each session has a worker of its own that can be killed.
 *
 * ```ts
 * import { duckdbEngine } from '@millrace/engine-duckdb'
 * duckdbEngine({ memoryBytes: 2 ** 30, threads: 2, workers: 1 }).name //=> 'duckdb'
 * ```
 */
export function duckdbEngine(options: DuckDBEngineOptions = {}): Engine {
  const workers = Math.max(1, options.workers ?? 2)
  const memoryBytes = options.memoryBytes ?? Math.floor(totalmem() / 2)
  const threads = options.threads ?? availableParallelism()
  const pool: Pool = { idle: [], all: new Set(), open: 0 }
  const limits = (scope: EngineScope): SessionLimits => ({
    // A fair share, also when more sessions are open than were expected. Each statement asks anew.
    memoryBytes: Math.max(
      leastMemory,
      Math.min(scope.memoryBytes, Math.floor(memoryBytes / Math.max(workers, pool.open))),
    ),
    threads: Math.max(1, Math.min(scope.threads, Math.ceil((threads * overcommitted) / Math.max(1, pool.open)))),
    spill: scope.spill,
  })
  return {
    name: 'duckdb',
    dialect: 'duckdb',
    scans: ['files', 'raw', 'query', 'batches'],
    open: (scope): Promise<Session> => {
      pool.open++
      const session = new DuckSession({
        limits: () => limits(scope),
        take: () => take(pool),
        give: (worker) => give(pool, worker, workers),
      })
      session.warm()
      return Promise.resolve(session)
    },
    close: async () => {
      await Promise.all([...pool.all].map((worker) => worker.end()))
      pool.all.clear()
      pool.idle.length = 0
    },
  }
}
