// One file of lines `key <tab> JSON`. Keys are hashes of everything that a value depends
// on, so entries never go stale, only unused. The file is read once as text; a value is parsed when it is asked for.
// - Lines are only ever appended, each batch by one write: processes that share the file add to it side by side.
// - A line cut short by a crash has no newline or does not parse; it counts as absent.
// - Past a size the file is begun anew with what this process used.
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const mostBytes = 128 * 2 ** 20

export class LineCache {
  readonly #path: string | null
  #text = ''
  readonly #index = new Map<string, readonly [start: number, end: number]>()
  readonly #values = new Map<string, unknown>()
  readonly #used = new Set<string>()
  #pending: string[] = []

  private constructor(path: string | null) {
    this.#path = path
  }

  /** Opens the cache in a file that need not exist; without a path nothing outlives the process. */
  static async open(path: string | null): Promise<LineCache> {
    const cache = new LineCache(path)
    await cache.#load()
    return cache
  }

  /** What was put under this key, here or by an earlier process. */
  get(key: string): unknown {
    this.#used.add(key)
    const fresh = this.#values.get(key)
    if (fresh !== undefined) return fresh
    const place = this.#index.get(key)
    if (place === undefined) return undefined
    const value = parseLine(this.#text.slice(...place))
    if (value !== undefined) this.#values.set(key, value)
    return value
  }

  put(key: string, value: object, { lasting }: { readonly lasting: boolean }): void {
    this.#values.set(key, value)
    if (this.#path !== null && lasting) this.#pending.push(`${key}\t${JSON.stringify(value)}\n`)
  }

  /** Writes what was put since the last time. A disk that takes nothing costs time at the next start, and no work now. */
  async flush(): Promise<void> {
    const lines = this.#pending
    if (this.#path === null || lines.length === 0) return
    this.#pending = []
    await this.#write(this.#path, lines).catch(() => {})
  }

  async #write(path: string, lines: readonly string[]): Promise<void> {
    const size = this.#text.length + lines.reduce((sum, line) => sum + line.length, 0)
    await mkdir(dirname(path), { recursive: true })
    if (size > mostBytes) return this.#beginAnew(path)
    // A line cut short must not swallow the first new one.
    await appendFile(path, (this.#text.endsWith('\n') ? '' : '\n') + lines.join(''))
  }

  async #beginAnew(path: string): Promise<void> {
    const lines = [...this.#used].flatMap((key) => {
      const value = this.get(key)
      return value === undefined ? [] : [`${key}\t${JSON.stringify(value)}\n`]
    })
    const beside = `${path}.${process.pid}`
    await writeFile(beside, lines.join(''))
    await rename(beside, path)
  }

  async #load(): Promise<void> {
    if (this.#path === null) return
    this.#text = await readFile(this.#path, 'utf8').catch(() => '')
    let start = 0
    for (let end = this.#text.indexOf('\n'); end >= 0; end = this.#text.indexOf('\n', start)) {
      const tab = this.#text.indexOf('\t', start)
      if (tab > start && tab < end) this.#index.set(this.#text.slice(start, tab), [tab + 1, end])
      start = end + 1
    }
  }
}

function parseLine(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
