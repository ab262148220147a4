/** What files hold that never change: read or written a moment ago, they need no second reading. The oldest go first. */
export class RecentFiles<T> {
  readonly #known = new Map<string, T>()
  readonly #most: number
  readonly #weigh: (content: T) => number
  #weight = 0

  /** Keeps files as long as they weigh at most `most` together; without `weigh` each weighs one. */
  constructor(most: number, weigh: (content: T) => number = () => 1) {
    this.#most = most
    this.#weigh = weigh
  }

  get(file: string): T | undefined {
    const found = this.#known.get(file)
    if (found !== undefined) this.keep(file, found)
    return found
  }

  keep(file: string, content: T): void {
    this.#drop(file)
    this.#known.set(file, content)
    this.#weight += this.#weigh(content)
    for (const oldest of this.#known.keys()) {
      if (this.#weight <= this.#most) return
      this.#drop(oldest)
    }
  }

  #drop(file: string): void {
    const content = this.#known.get(file)
    if (content === undefined) return
    this.#known.delete(file)
    this.#weight -= this.#weigh(content)
  }
}
