import { type ChildProcess, fork } from 'node:child_process'
import type { Reply, Request } from './protocol.ts'

/** The source beside this file, or the bundle beside the bundle. */
const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './sql-worker.js', import.meta.url)

/** Why a request brought no answer. `at` is the text that was being read, if texts were read singly. */
export interface Lost {
  readonly lost: 'deadline' | 'exit' | 'failed'
  readonly how: string
  readonly at: number
}

export type Answer = Exclude<Reply, { readonly at: number } | { readonly failed: string }>

// Distributes over the union: each member keeps its own fields.
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never
export type Question = WithoutId<Request>

/** One child process that answers one request at a time and is killed when it takes too long; the next request starts another. */
export class WorkerProcess {
  #child: ChildProcess | null = null
  #lastId = 0
  #before: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** Starts the process ahead of the first question. */
  warm(): void {
    this.#release(this.#started())
  }

  /** Questions wait for those before them: the deadline of each, and the tables it is bound against, are its own. */
  ask(question: Question, deadlineMs: number): Promise<Answer | Lost> {
    const texts = question.texts.length
    this.#waiting += texts
    const answer = this.#before.then(() => this.#ask(question, deadlineMs))
    this.#before = answer.finally(() => (this.#waiting -= texts))
    return answer
  }

  /** Texts that were asked for and not answered yet. */
  get waiting(): number {
    return this.#waiting
  }

  get running(): boolean {
    return this.#child !== null
  }

  async #ask(question: Question, deadlineMs: number): Promise<Answer | Lost> {
    const child = this.#started()
    const id = ++this.#lastId
    child.ref()
    child.channel?.ref()
    const answer = await exchange(child, { ...question, id }, deadlineMs)
    if ('lost' in answer && answer.lost !== 'failed') this.kill()
    this.#release(child)
    return answer
  }

  /** Between requests the child must not keep a program alive that forgot to close the reader. */
  #release(child: ChildProcess): void {
    child.unref()
    child.channel?.unref()
  }

  kill(): void {
    this.#child?.kill('SIGKILL')
    this.#child = null
  }

  #started(): ChildProcess {
    this.#child ??= fork(entry, {
      execArgv: [],
      env: environmentOf(process.env),
      // Results of thousands of models: plain JSON is faster than structured clones and holds all we send.
      serialization: 'json',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    return this.#child
  }
}

/** The worker sees no secrets of the environment. */
function environmentOf(all: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot', 'NODE_COMPILE_CACHE', 'LD_LIBRARY_PATH', 'USERPROFILE']
  return {
    ...Object.fromEntries(kept.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]]))),
    ...oneAfterAnother,
  }
}

/**
 * One query runs at a time, so one thread does it and finds its memory as it left it; and memory that a query gave back is kept
 * for the next (glibc: other systems pass these by). Together a tenth less work for thousands of texts.
 */
const oneAfterAnother = {
  UV_THREADPOOL_SIZE: '1',
  MALLOC_TRIM_THRESHOLD_: String(256 * 2 ** 20),
  MALLOC_TOP_PAD_: String(16 * 2 ** 20),
  MALLOC_MMAP_THRESHOLD_: String(256 * 2 ** 20),
} as const

function exchange(child: ChildProcess, request: Request, deadlineMs: number): Promise<Answer | Lost> {
  return new Promise((resolve) => {
    let at = 0
    const finish = (answer: Answer | Lost): void => {
      clearTimeout(timer)
      child.off('message', onMessage)
      child.off('exit', onExit)
      child.off('error', onError)
      resolve(answer)
    }
    const late = (): void => finish({ lost: 'deadline', how: `${deadlineMs} ms`, at })
    let timer = setTimeout(late, deadlineMs)
    const onMessage = (reply: Reply): void => {
      if (reply.id !== request.id) return
      if ('at' in reply) {
        at = reply.at
        clearTimeout(timer)
        timer = setTimeout(late, deadlineMs)
      } else if ('failed' in reply) finish({ lost: 'failed', how: reply.failed, at })
      else finish(reply)
    }
    const onExit = (code: number | null, signal: string | null): void =>
      finish({ lost: 'exit', how: signal ?? `exit code ${code}`, at })
    const onError = (error: Error): void => finish({ lost: 'exit', how: error.message, at })
    child.on('message', onMessage)
    child.on('exit', onExit)
    child.on('error', onError)
    child.send(request)
  })
}
