import { type Reply, type Request, requestsAtOnce } from './protocol.ts'
import { rest, type Started, start } from './start.ts'
import { Turns } from './turns.ts'

/** Why a request brought no answer. `at` is the text that was being read, if texts were read singly. */
export interface Lost {
  readonly lost: 'deadline' | 'exit' | 'failed'
  readonly how: string
  readonly at: number
}

export type Answer = Exclude<Reply, { readonly ready: true } | { readonly at: number } | { readonly failed: string }>

// Distributes over the union: each member keeps its own fields.
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never
export type Question = WithoutId<Request>

/** One child process that answers a few requests at a time and is killed when one takes too long; the next request starts another. */
export class WorkerProcess {
  readonly #turns = new Turns(requestsAtOnce)
  #child: Started | null = null
  #lastId = 0
  #waiting = 0
  #asked = 0

  /** Starts the process ahead of the first question. */
  warm(): void {
    rest(this.#started())
  }

  /** A question that reads texts singly is alone in the process: what loses the process then is a text of its own. */
  ask(question: Question, deadlineMs: number): Promise<Answer | Lost> {
    const texts = question.texts.length
    this.#waiting += texts
    const answer = this.#turns.run({ alone: question.single }, () => this.#ask(question, deadlineMs))
    return answer.finally(() => (this.#waiting -= texts))
  }

  /** Texts that were asked for and not answered yet. */
  get waiting(): number {
    return this.#waiting
  }

  get running(): boolean {
    return this.#child !== null
  }

  async #ask(question: Question, deadlineMs: number): Promise<Answer | Lost> {
    const started = this.#started()
    const id = ++this.#lastId
    this.#asked++
    started.process.ref()
    started.process.channel?.ref()
    const answer = await exchange(started, { ...question, id }, deadlineMs)
    this.#asked--
    if ('lost' in answer && answer.lost !== 'failed') this.#kill(started)
    if (this.#asked === 0 && this.#child !== null) rest(this.#child)
    return answer
  }

  kill(): void {
    if (this.#child !== null) this.#kill(this.#child)
  }

  /** Another request may have lost this child before, and a new one stands in its place. */
  #kill(started: Started): void {
    started.process.kill('SIGKILL')
    if (this.#child === started) this.#child = null
  }

  #started(): Started {
    this.#child ??= start()
    return this.#child
  }
}

/** A process that opens DuckDB on a busy machine is no text that takes too long. */
const startMs = 60_000

function exchange({ process: child, ready }: Started, request: Request, deadlineMs: number): Promise<Answer | Lost> {
  return new Promise((resolve) => {
    let at = 0
    const finish = (answer: Answer | Lost): void => {
      clearTimeout(timer)
      over = true
      child.off('message', onMessage)
      child.off('exit', onExit)
      child.off('error', onError)
      resolve(answer)
    }
    let over = false
    const late = (): void => finish({ lost: 'deadline', how: `${deadlineMs} ms`, at })
    let timer = setTimeout(late, startMs + deadlineMs)
    const fromNow = (): void => {
      clearTimeout(timer)
      if (!over) timer = setTimeout(late, deadlineMs)
    }
    const onMessage = (reply: Reply): void => {
      if (!('id' in reply) || reply.id !== request.id) return
      if ('at' in reply) {
        at = reply.at
        fromNow()
      } else if ('failed' in reply) finish({ lost: 'failed', how: reply.failed, at })
      else finish(reply)
    }
    const onExit = (code: number | null, signal: string | null): void =>
      finish({ lost: 'exit', how: signal ?? `exit code ${code}`, at })
    const onError = (error: Error): void => finish({ lost: 'exit', how: error.message, at })
    child.on('message', onMessage)
    child.on('exit', onExit)
    child.on('error', onError)
    void ready.then(fromNow)
    child.send(request)
  })
}
