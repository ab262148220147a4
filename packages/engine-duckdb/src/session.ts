/**
 * A session as the rest of Millrace sees it. Invariants:
 * - it holds one worker process at a time and runs one statement after another in it;
 * - a cancelled statement kills the process: nothing inside DuckDB can keep it from ending. The next statement gets a new
 *   process; a session has no state of its own between statements, so nothing is lost with it;
 * - a write that fails, is cancelled or loses its process leaves no file under its name behind.
 */
import type {
  Batch,
  Cancel,
  Columns,
  ExportTarget,
  FilesSink,
  Landed,
  Query,
  RawScan,
  Session,
  WriteProgress,
  Written,
} from '@millrace/core'
import { fail } from '@millrace/core'
import { randomUUID } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Statement } from './process/protocol.ts'
import type { Listener, WorkerProcess } from './process/worker-process.ts'
import type { SessionLimits } from './session-limits.ts'
import { localPath } from './sql/local-path.ts'

/** How often a cancel is looked at: it is only a flag. */
const cancelEveryMs = 20
/** Batches that wait for a slow consumer before the worker is held back. */
const waitingBatches = 4

export interface SessionParts {
  readonly limits: () => SessionLimits
  readonly take: () => WorkerProcess
  /** Takes back the process that the session had, if any. */
  readonly give: (worker: WorkerProcess | null) => void
}

export class DuckSession implements Session {
  private readonly parts: SessionParts
  private worker: WorkerProcess | null = null
  private closed = false
  private given = false
  private last: Promise<unknown> = Promise.resolve()

  constructor(parts: SessionParts) {
    this.parts = parts
  }

  /** Starts the process ahead of the first statement. */
  warm(): void {
    this.worker ??= this.parts.take()
  }

  private current(): WorkerProcess {
    if (this.closed) return fail('engine/closed', {})
    if (this.worker?.alive !== true) this.worker = this.parts.take()
    return this.worker
  }

  /** Runs a statement when the ones before it are over, watching the cancel meanwhile. */
  private run(statement: Statement, cancel: Cancel | null, listener: Listener = {}): Promise<unknown> {
    const turn = this.last.then(() => this.runNow(statement, cancel, listener))
    this.last = turn.catch(() => undefined)
    return turn
  }

  private async runNow(statement: Statement, cancel: Cancel | null, listener: Listener): Promise<unknown> {
    cancel?.throwIfAborted()
    const worker = this.current()
    const watch = setInterval(() => {
      if (cancel?.aborted === true) worker.kill()
    }, cancelEveryMs)
    try {
      return await worker.run(statement, this.parts.limits(), listener)
    } catch (error) {
      cancel?.throwIfAborted()
      throw error
    } finally {
      clearInterval(watch)
    }
  }

  async describe(query: Query): Promise<Columns> {
    return (await this.run({ run: 'describe', query }, null)) as Columns
  }

  async *read(query: Query, cancel: Cancel): AsyncGenerator<Batch> {
    const inbox = new Inbox(() => this.worker)
    const running = this.run({ run: 'read', query }, cancel, inbox.listener)
    running.then(
      () => inbox.end(null),
      (error: unknown) => inbox.end(error),
    )
    let finished = false
    try {
      for (let batch = await inbox.next(); batch !== null; batch = await inbox.next()) {
        cancel.throwIfAborted()
        yield batch
      }
      finished = true
    } finally {
      inbox.discard()
      if (!finished) {
        this.worker?.stop()
        await running.catch(() => undefined)
      }
    }
  }

  async write(
    query: Query,
    sink: FilesSink,
    cancel: Cancel,
    onProgress?: (now: WriteProgress) => void,
  ): Promise<Written> {
    const name = randomUUID()
    const result = this.run({ run: 'write', query, sink, name }, cancel, progressListener(onProgress))
    return (await cleaned(result, sink, name)) as Written
  }

  async land(
    scan: RawScan,
    sink: FilesSink,
    cancel: Cancel,
    onProgress?: (now: WriteProgress) => void,
  ): Promise<Landed> {
    const name = randomUUID()
    const result = this.run({ run: 'land', scan, sink, name }, cancel, progressListener(onProgress))
    return (await cleaned(result, sink, name)) as Landed
  }

  async export(query: Query, target: ExportTarget, cancel: Cancel): Promise<{ rows: number; bytes: number }> {
    return (await this.run({ run: 'export', query, target }, cancel)) as { rows: number; bytes: number }
  }

  async close(): Promise<void> {
    if (this.given) return
    this.given = true
    this.closed = true
    await this.last
    this.parts.give(this.worker)
    this.worker = null
  }

  kill(): void {
    this.closed = true
    this.worker?.kill()
  }
}

const progressListener = (onProgress: ((now: WriteProgress) => void) | undefined): Listener =>
  onProgress === undefined ? {} : { progress: onProgress }

/** Removes what a failed write left under its name; nothing refers to these files. */
async function cleaned(result: Promise<unknown>, sink: FilesSink, name: string): Promise<unknown> {
  try {
    return await result
  } catch (error) {
    const folder = localPath(sink.prefix)
    const files = await readdir(folder).catch(() => [])
    await Promise.all(
      files.filter((file) => file.startsWith(name)).map((file) => rm(join(folder, file), { force: true })),
    )
    throw error
  }
}

/** Batches on their way from the worker's frames to whoever iterates. */
class Inbox {
  private readonly worker: () => WorkerProcess | null
  private columns: Columns = {}
  private batches: Batch[] = []
  private wake: (() => void) | null = null
  private over: { readonly error: unknown } | null = null
  private discarding = false

  constructor(worker: () => WorkerProcess | null) {
    this.worker = worker
  }

  readonly listener: Listener = {
    columns: (columns) => {
      this.columns = columns
    },
    batch: (rows, arrow) => {
      if (this.discarding) return
      this.batches.push({ columns: this.columns, rows, arrow })
      if (this.batches.length >= waitingBatches) this.worker()?.pause()
      this.wake?.()
    },
  }

  end(error: unknown): void {
    this.over = { error }
    this.wake?.()
  }

  discard(): void {
    this.discarding = true
    this.batches = []
    this.worker()?.resume()
  }

  async next(): Promise<Batch | null> {
    for (;;) {
      const batch = this.batches.shift()
      if (batch !== undefined) {
        if (this.batches.length < waitingBatches) this.worker()?.resume()
        return batch
      }
      if (this.over !== null) {
        if (this.over.error === null) return null
        throw this.over.error
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }
}
