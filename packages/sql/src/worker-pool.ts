// Reads many texts in few processes and survives every one of them.
// - Texts are read in one query per process. If that query hangs, crashes or fails, nothing tells which text did it.
// - So the same texts are then read singly, each with its own deadline; the process says before each which one it is.
// - The text that is lost gets a finding, the process is replaced, and the texts after it are still read.
import type { Code } from '@millrace/core'
import type { Outline } from './ast/outline.ts'
import type { ToBind } from './bind/bind-all.ts'
import type { InputTable } from './bind/tables.ts'
import { type BoundFacts, nothingBound } from './facts.ts'
import type { Finding } from './finding.ts'
import { requestsAtOnce } from './protocol.ts'
import { type Answer, type Lost, type Question, WorkerProcess } from './worker-process.ts'

/** A model's text with the tables that it is bound against. */
export interface BindTask extends ToBind {
  readonly tables: readonly InputTable[]
}

/** Below this many texts a second process costs more to start than it saves. */
const worthSharing = 80

/** Texts are outlined in pieces, so that DuckDB parses some while others are looked at; each costs a query. */
const [fewestOutlines, mostOutlines] = [20, 100]

/** What reading one text of a batch may add to the deadline of the batch. */
const extraMsPerText = 25

export class WorkerPool {
  readonly #first = new WorkerProcess()
  readonly #workers: readonly WorkerProcess[]
  readonly #deadlineMs: number
  #closed = false

  constructor(size: number, deadlineMs: number) {
    this.#workers = [this.#first, ...Array.from({ length: size - 1 }, () => new WorkerProcess())]
    this.#deadlineMs = deadlineMs
  }

  /** Starts the processes that so many texts are worth. */
  warm(texts: number): void {
    for (const worker of this.#worth(texts)) worker.warm()
  }

  #worth(texts: number): readonly WorkerProcess[] {
    return texts < worthSharing ? [this.#first] : this.#workers
  }

  /** How many batches can be read at one time. */
  get width(): number {
    return this.#workers.length * requestsAtOnce
  }

  async outline(texts: readonly string[]): Promise<readonly Outline[]> {
    const workers = this.#worth(texts.length)
    const share = Math.ceil(texts.length / (workers.length * requestsAtOnce))
    const size = Math.min(mostOutlines, Math.max(fewestOutlines, share))
    const parts = Array.from({ length: Math.ceil(texts.length / size) }, (_, i) => {
      const worker = workers[i % workers.length] ?? this.#first
      return this.#outlinePart(worker, texts.slice(i * size, (i + 1) * size))
    })
    return (await Promise.all(parts)).flat()
  }

  #outlinePart(worker: WorkerProcess, texts: readonly string[]): Promise<readonly Outline[]> {
    return this.#batch(worker, texts, {
      ask: (part, single) => ({ ask: 'outline', texts: part, single }),
      results: (answer) => ('outlines' in answer ? answer.outlines : null),
      broken: (finding) => ({ references: [], params: [], findings: [finding] }),
    })
  }

  bind(tasks: readonly BindTask[]): Promise<readonly BoundFacts[]> {
    return this.#batch(this.#pick(tasks.length), tasks, {
      ask: (part, single) => ({ ask: 'bind', texts: part.map(withoutTables), tables: tablesOf(part), single }),
      results: (answer) => ('bound' in answer ? answer.bound : null),
      broken: (finding) => ({ ...nothingBound, findings: [finding] }),
    })
  }

  close(): void {
    this.#closed = true
    for (const worker of this.#workers) worker.kill()
  }

  /** The process that has least to do; one that does not run yet only where enough texts wait for the others. */
  #pick(texts: number): WorkerProcess {
    const waiting = this.#workers.reduce((sum, one) => sum + one.waiting, texts)
    const able = this.#workers.filter((one) => one.running || waiting >= worthSharing)
    const [best = this.#first] = able.toSorted((a, b) => a.waiting - b.waiting)
    return best
  }

  async #batch<T, R>(worker: WorkerProcess, items: readonly T[], job: Job<T, R>): Promise<readonly R[]> {
    if (items.length === 0) return []
    const deadline = this.#deadlineMs + items.length * extraMsPerText
    const answer = await worker.ask(job.ask(items, false), deadline)
    const results = 'lost' in answer ? null : job.results(answer)
    if (results !== null) return results
    return items.length === 1 && 'lost' in answer
      ? [job.broken(this.#findingOf(answer))]
      : this.#singly(worker, items, job)
  }

  async #singly<T, R>(worker: WorkerProcess, items: readonly T[], job: Job<T, R>): Promise<readonly R[]> {
    const done: R[] = []
    while (done.length < items.length) {
      if (this.#closed) return [...done, ...items.slice(done.length).map(() => job.broken(closedFinding))]
      const rest = items.slice(done.length)
      const answer = await worker.ask(job.ask(rest, true), this.#deadlineMs)
      if (!('lost' in answer)) return [...done, ...(job.results(answer) ?? [])]
      // Those before the lost one were read, but their results went down with the process.
      done.push(...(await this.#again(worker, rest.slice(0, answer.at), job)), job.broken(this.#findingOf(answer)))
    }
    return done
  }

  async #again<T, R>(worker: WorkerProcess, items: readonly T[], job: Job<T, R>): Promise<readonly R[]> {
    if (items.length === 0) return []
    const answer = await worker.ask(job.ask(items, false), this.#deadlineMs + items.length * extraMsPerText)
    if (!('lost' in answer)) return job.results(answer) ?? []
    return items.map(() => job.broken(this.#findingOf(answer)))
  }

  #findingOf(lost: Lost): Finding {
    if (lost.lost === 'deadline') return { code: 'sql/deadline', params: { seconds: this.#deadlineMs / 1000 }, at: 0 }
    const code: Code = lost.lost === 'exit' ? 'sql/reader-lost' : 'sql/not-understood'
    return { code, params: lost.lost === 'exit' ? { how: lost.how } : { message: lost.how }, at: 0 }
  }
}

/** Nobody waits for texts of a reader that was closed. */
const closedFinding: Finding = { code: 'sql/reader-lost', params: { how: 'it was closed' }, at: 0 }

interface Job<T, R> {
  ask(items: readonly T[], single: boolean): Question
  results(answer: Answer): readonly R[] | null
  broken(finding: Finding): R
}

const withoutTables = ({ sql, reads, params }: BindTask): ToBind => ({ sql, reads, params })

function tablesOf(tasks: readonly BindTask[]): readonly InputTable[] {
  const tables = new Map<string, InputTable>()
  for (const task of tasks) for (const table of task.tables) tables.set(table.name.toLowerCase(), table)
  return [...tables.values()]
}
