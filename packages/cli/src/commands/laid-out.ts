import { createReadStream } from 'node:fs'
import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cellTexts, type PreparedQuery } from '@millrace/runtime'
import { Grid } from '../terminal/grid.ts'
import type { Screen } from '../terminal/screen.ts'
import type { RowWriter } from './row-writers.ts'

type Cells = readonly string[]

/** What has been taken, and whether more rows were there than wanted. */
export interface Shown {
  readonly rows: number
  readonly more: boolean
}

/** So many rows are kept in memory; all of more are on disk, until the widest cell of each column is known. */
const mostKept = 10_000

/** How rows are shown. */
export interface Showing {
  readonly screen: Screen
  /** 0: all. */
  readonly limit: number
  /** A folder for rows that wait. */
  readonly temp: string
  /** Called when all of them are out. */
  readonly shown: (shown: Shown) => void
}

/** Lays rows out in columns. The text comes in pieces when the last row was taken. */
export function laidOut(
  prepared: PreparedQuery,
  { screen, limit, temp }: Omit<Showing, 'shown'>,
  print: (text: AsyncIterable<string>, shown: Shown) => Promise<void>,
): RowWriter {
  const grid = new Grid(prepared.names, screen, { right: numbersOf(prepared) })
  const rows = new Rows(temp)
  let total = 0
  return {
    async batch(batch) {
      const cells: Cells[] = []
      for (const row of cellTexts(batch, prepared.names)) {
        total += 1
        if (limit === 0 || total <= limit) cells.push(grid.take(row.map((text) => cell(text, screen))))
      }
      await rows.add(cells)
      return limit === 0 || total <= limit
    },
    end: () => print(textOf(grid, rows), { rows: rows.count, more: total > rows.count }),
  }
}

async function* textOf(grid: Grid, rows: Rows): AsyncGenerator<string> {
  yield `${grid.head()}\n`
  for await (const some of rows.all()) yield some.map((row) => `${grid.line(row)}\n`).join('')
}

const numbers = /^(u?int|float|decimal)/

function numbersOf({ names, columns }: PreparedQuery): ReadonlySet<number> {
  const isNumber = (name: string): boolean => {
    const type = columns[name]?.type
    return typeof type === 'string' && numbers.test(type)
  }
  return new Set(names.flatMap((name, i) => (isNumber(name) ? [i] : [])))
}

function cell(text: string | null, screen: Screen): string {
  if (text === null) return screen.paint('dim', 'null')
  // What a terminal would take for a command to it is shown as what it is: a character that cannot be shown.
  return text.replaceAll(/[^\P{Cc}\n]/gu, '�')
}

/** Rows in the order in which they came, in memory as long as they are few. */
class Rows {
  count = 0
  readonly #folder: string
  #kept: Cells[] = []
  #spilled = false

  constructor(folder: string) {
    this.#folder = folder
  }

  get #path(): string {
    return join(this.#folder, 'rows')
  }

  async add(some: readonly Cells[]): Promise<void> {
    this.count += some.length
    for (const one of some) this.#kept.push(one)
    if (this.#kept.length > mostKept) await this.#spill()
  }

  async *all(): AsyncGenerator<readonly Cells[]> {
    if (this.#spilled) {
      let some: Cells[] = []
      for await (const line of createInterface({ input: createReadStream(this.#path) })) {
        some.push(JSON.parse(line) as Cells)
        if (some.length < mostKept) continue
        yield some
        some = []
      }
      yield some
    }
    yield this.#kept
  }

  async #spill(): Promise<void> {
    if (!this.#spilled) await mkdir(this.#folder, { recursive: true })
    this.#spilled = true
    await appendFile(this.#path, this.#kept.map(lineOf).join(''))
    this.#kept = []
  }
}

/** What reads lines takes these for the end of one. */
const lineOf = (row: Cells): string =>
  `${JSON.stringify(row)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)}\n`
