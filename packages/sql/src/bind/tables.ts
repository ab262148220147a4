import { quoted } from '../text/quote.ts'
import type { Scratch } from './scratch.ts'

/** An empty table that selects are bound against. */
export interface InputTable {
  readonly name: string
  /** Its name and columns as `create table` wants them. */
  readonly made: string
}

/** What a request still lacks of its tables. */
export interface Missing {
  readonly statements: readonly string[]
  /** A table stands with other columns than are wanted now: nobody may be reading it while it changes. */
  readonly replaces: boolean
}

/** Keeps the scratch catalog in step with what is to be bound; a table that already stands as wanted costs nothing. */
export class InputTables {
  readonly #scratch: Scratch
  readonly #made = new Map<string, string>()
  readonly #layers = new Set<string>()
  #before: Promise<unknown> = Promise.resolve()

  constructor(scratch: Scratch) {
    this.#scratch = scratch
  }

  /** What is missing counts as made from here on: whoever asks for the same next waits for it in `make`. */
  claim(tables: readonly InputTable[]): Missing {
    const statements: string[] = []
    let replaces = false
    for (const table of tables) {
      // To DuckDB a name in another case is the same table, but plans name it as it was made.
      const key = table.name.toLowerCase()
      const before = this.#made.get(key)
      if (before === table.made) continue
      this.#made.set(key, table.made)
      replaces ||= before !== undefined
      const [layer] = splitName(table.name)
      if (!this.#layers.has(layer)) statements.push(`create schema if not exists ${quoted(layer)}`)
      this.#layers.add(layer)
      // Replacing what is not there costs a quarter more.
      const create = before === undefined ? 'create table' : 'create or replace table'
      statements.push(`${create} ${table.made}`)
    }
    return { statements, replaces }
  }

  /** Makes what was claimed, after what was claimed before. */
  make({ statements }: Missing): Promise<void> {
    const made = this.#before.then(async () => {
      if (statements.length > 0) await this.#scratch.run(statements.join(';\n'))
    })
    this.#before = made.catch(() => this.#forget())
    return made
  }

  /** Nothing tells which of the statements failed. */
  #forget(): void {
    for (const name of this.#made.keys()) this.#made.set(name, '')
    this.#layers.clear()
  }
}

export function splitName(table: string): readonly [layer: string, name: string] {
  const dot = table.indexOf('.')
  return [table.slice(0, dot), table.slice(dot + 1)]
}
