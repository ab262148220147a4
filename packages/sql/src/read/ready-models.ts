import type { TableName } from '@millrace/core'

export interface Reading {
  readonly name: TableName
  readonly reads: readonly TableName[]
}

/** What is ready is shared among the takers, but not in smaller pieces: each costs two queries. */
const fewest = 12

/** Hands out models whose inputs have been read, to several takers at once. */
export class ReadyModels<T extends Reading> {
  readonly #takers: number
  readonly #open: Set<T>
  readonly #waiting: Map<TableName, number>
  readonly #readers = new Map<TableName, T[]>()
  #ready: T[]
  #reading = 0
  #wake: () => void = () => {}
  #changed: Promise<void> = Promise.resolve()

  constructor(models: readonly T[], takers: number) {
    const names = new Set(models.map((one) => one.name))
    this.#takers = takers
    this.#open = new Set(models)
    this.#waiting = new Map(models.map((one) => [one.name, one.reads.filter((name) => names.has(name)).length]))
    for (const model of models) {
      for (const name of model.reads) {
        const readers = this.#readers.get(name)
        if (readers === undefined) this.#readers.set(name, [model])
        else readers.push(model)
      }
    }
    this.#ready = models.filter((one) => this.#waiting.get(one.name) === 0)
    this.#renew()
  }

  /** Some models, or none when all were read but those on circles. What was taken has to be given back by `done`. */
  async next(most: number): Promise<readonly T[]> {
    while (this.#ready.length === 0) {
      if (this.#reading === 0) return []
      await this.#changed
    }
    const share = Math.max(fewest, Math.ceil(this.#ready.length / this.#takers))
    const taken = this.#ready.splice(0, Math.min(most, share))
    for (const one of taken) this.#open.delete(one)
    this.#reading++
    return taken
  }

  done(models: readonly T[]): void {
    this.#reading--
    for (const one of models) {
      for (const reader of this.#readers.get(one.name) ?? [])
        if (this.#countDown(reader.name) === 0) this.#ready.push(reader)
    }
    this.#wake()
    this.#renew()
  }

  /** Models that were never ready: each waits for one on a circle. */
  get left(): readonly T[] {
    return [...this.#open]
  }

  #renew(): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#changed = promise
    this.#wake = resolve
  }

  #countDown(name: TableName): number {
    const left = (this.#waiting.get(name) ?? 0) - 1
    this.#waiting.set(name, left)
    return left
  }
}

/** The circles among models that were never ready, each once, as a path that ends where it began. */
export function cyclesOf(left: readonly Reading[]): readonly (readonly TableName[])[] {
  const byName = new Map(left.map((one) => [one.name, one]))
  const done = new Set<TableName>()
  const cycles: (readonly TableName[])[] = []
  for (const start of left) {
    const path: TableName[] = []
    let at: TableName | undefined = start.name
    // Everything left over waits for something left over, so following any of those ends in a circle.
    while (at !== undefined && !done.has(at) && !path.includes(at)) {
      path.push(at)
      at = byName.get(at)?.reads.find((name) => byName.has(name))
    }
    if (at !== undefined && path.includes(at)) cycles.push([...path.slice(path.indexOf(at)), at])
    for (const name of path) done.add(name)
  }
  return cycles
}
