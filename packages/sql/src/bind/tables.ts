import { quoted } from '../text/quote.ts'
import type { Scratch } from './scratch.ts'

/** An empty table that selects are bound against. */
export interface InputTable {
  readonly name: string
  /** Column and DuckDB type. */
  readonly columns: readonly (readonly [name: string, type: string])[]
}

/** Keeps the scratch catalog in step with what is to be bound; a table that already stands as wanted costs nothing. */
export class InputTables {
  readonly #scratch: Scratch
  readonly #made = new Map<string, string>()
  readonly #layers = new Set<string>()

  constructor(scratch: Scratch) {
    this.#scratch = scratch
  }

  async ensure(tables: readonly InputTable[]): Promise<void> {
    const statements: string[] = []
    for (const table of tables) {
      const columns = table.columns.map(([name, type]) => `${quoted(name)} ${type}`).join(', ')
      if (this.#made.get(table.name) === columns) continue
      this.#made.set(table.name, columns)
      const [layer, name] = splitName(table.name)
      if (!this.#layers.has(layer)) statements.push(`create schema if not exists ${quoted(layer)}`)
      this.#layers.add(layer)
      statements.push(`create or replace table ${quoted(layer)}.${quoted(name)} (${columns})`)
    }
    if (statements.length > 0) await this.#scratch.run(statements.join(';\n'))
  }
}

export function splitName(table: string): readonly [layer: string, name: string] {
  const dot = table.indexOf('.')
  return [table.slice(0, dot), table.slice(dot + 1)]
}
