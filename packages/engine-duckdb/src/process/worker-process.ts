import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Columns, issue, MillraceError, type WriteProgress } from '@millrace/core'
import type { SessionLimits } from '../session-limits.ts'
import { Channel } from './channel.ts'
import type { FromWorker, Statement, ToWorker } from './protocol.ts'

const entry = new URL(import.meta.url.endsWith('.ts') ? '../worker.ts' : './engine-worker.js', import.meta.url)

/** Enough of what DuckDB or Node said before they died, for the message. */
const rememberedText = 2000

export interface Listener {
  readonly columns?: (columns: Columns) => void
  readonly batch?: (rows: number, arrow: Uint8Array) => void
  readonly progress?: (now: WriteProgress) => void
}

interface Pending {
  readonly id: number
  readonly listener: Listener
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** One child process with a DuckDB in it, and at most one statement under way. */
export class WorkerProcess {
  private readonly child: ChildProcess
  private readonly channel: Channel<ToWorker, FromWorker>
  private pending: Pending | null = null
  private lastId = 0
  private lastWords = ''
  private ended: string | null = null

  constructor() {
    this.child = spawn(process.execPath, [fileURLToPath(entry)], { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] })
    const socket = this.child.stdio[3]
    if (!(socket instanceof Socket)) throw new Error('the worker has no socket')
    this.channel = new Channel<ToWorker, FromWorker>(socket, {
      message: (message) => this.receive(message),
      batch: (rows, arrow) => this.pending?.listener.batch?.(rows, arrow),
      end: () => undefined,
    })
    this.child.stderr?.on('data', (text: Buffer) => {
      this.lastWords = (this.lastWords + text.toString('utf8')).slice(-rememberedText)
    })
    this.child.on('error', (error) => this.lost(error.message))
    this.child.on('close', (code, signal) => this.lost(signal === null ? `exit code ${code}` : `signal ${signal}`))
    this.release()
  }

  get alive(): boolean {
    return this.ended === null
  }

  /** An idle worker must not keep the program from ending. */
  private release(): void {
    this.child.unref()
    this.channel.hold(false)
    const { stderr } = this.child
    if (stderr instanceof Socket) stderr.unref()
  }

  private hold(): void {
    this.child.ref()
    this.channel.hold(true)
  }

  private lost(how: string): void {
    if (this.ended !== null) return
    const words = this.lastWords.trim().split('\n').at(-1) ?? ''
    this.ended = words === '' ? how : `${how}: ${words}`
    this.settle()?.reject(new MillraceError(issue('engine/worker-lost', { how: this.ended })))
  }

  private settle(): Pending | null {
    const { pending } = this
    this.pending = null
    this.release()
    return pending
  }

  private receive(message: FromWorker): void {
    const { pending } = this
    if (pending === null || message.id !== pending.id) return
    if (message.say === 'columns') pending.listener.columns?.(message.columns)
    else if (message.say === 'progress') pending.listener.progress?.(message.now)
    else if (message.say === 'done') this.settle()?.resolve(message.value)
    else this.settle()?.reject(new MillraceError(message.issues))
  }

  run(statement: Statement, limits: SessionLimits, listener: Listener = {}): Promise<unknown> {
    if (this.ended !== null) return Promise.reject(new MillraceError(issue('engine/worker-lost', { how: this.ended })))
    const id = ++this.lastId
    return new Promise((resolve, reject) => {
      this.pending = { id, listener, resolve, reject }
      this.hold()
      this.channel.send({ say: 'do', id, statement, limits })
    })
  }

  /** Asks the worker to end the statement under way early; it answers as if it were done. */
  stop(): void {
    if (this.pending !== null) this.channel.send({ say: 'stop', id: this.pending.id })
  }

  pause(): void {
    this.channel.pause()
  }

  resume(): void {
    this.channel.resume()
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }

  /** Resolves when the process is gone. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    await new Promise<void>((resolve) => {
      this.child.ref()
      this.child.once('exit', () => resolve())
      this.kill()
    })
  }
}
