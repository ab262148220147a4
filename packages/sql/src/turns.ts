/** Lets work in by the order in which it came: so many pieces side by side, or one alone. */
export class Turns {
  readonly #most: number
  readonly #inside = new Set<Promise<unknown>>()
  #entered: Promise<unknown> = Promise.resolve()

  constructor(most: number) {
    this.#most = most
  }

  async run<T>({ alone }: { readonly alone: boolean }, work: () => Promise<T>): Promise<T> {
    const before = this.#entered
    const { promise, resolve: letNextIn } = Promise.withResolvers<void>()
    this.#entered = promise
    await before
    while (this.#inside.size >= (alone ? 1 : this.#most)) await Promise.race(this.#inside)
    const done = work()
    const over: Promise<void> = done
      .catch(() => {})
      .then(() => {
        this.#inside.delete(over)
        if (alone) letNextIn()
      })
    this.#inside.add(over)
    if (!alone) letNextIn()
    return done
  }
}
