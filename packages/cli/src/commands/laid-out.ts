import { createReadStream } from 'node:fs'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { batchRows, type PreparedQuery } from '@millrace/runtime'
import { Grid } from '../terminal/grid.ts'
import type { Screen } from '../terminal/screen.ts'
import { cellText } from './cell-text.ts'
import type { RowWriter } from './row-writers.ts'

type Cells = readonly string[]

/** What has been taken, and whether more rows were there than wanted. */
export interface Shown {
  readonly rows: number
  readonly more: boolean
}

/** So many rows are kept in memory; all of more are on disk, until the widest cell of each column is known. */
const mostKept = 10_000

/** Lays rows out in columns. `limit` 0: all. The text comes in pieces when the last row was taken. */
export function laidOut(
  prepared: PreparedQuery,
  screen: Screen,
  limit: number,
  print: (text: AsyncIterable<string>, shown: Shown) => Promise<void>,
): RowWriter {
  const grid = new Grid(prepared.names, screen, { right: numbersOf(prepared) })
  const rows = new Rows()
  let total = 0
  return {
    async batch(batch) {
      const cells: Cells[] = []
      for (const row of batchRows(batch)) {
        total += 1
        if (limit === 0 || total <= limit) cells.push(grid.take(prepared.names.map((name) => cell(row[name], screen))))
      }
      await rows.add(cells)
      return limit === 0 || total <= limit
    },
    end: () => print(textOf(grid, rows), { rows: rows.count, more: total > rows.count }),
    close: () => rows.close(),
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

function cell(value: unknown, screen: Screen): string {
  if (value === null || value === undefined) return screen.paint('dim', 'null')
  // What a terminal would take for a command to it is shown as what it is: a character that cannot be shown.
  return cellText(value).replaceAll(/[^\P{Cc}\n]/gu, '�')
}

/** Rows in the order in which they came, in memory as long as they are few. */
class Rows {
  count = 0
  #kept: Cells[] = []
  #spilled: { readonly folder: string; readonly file: FileHandle } | null = null

  async add(some: readonly Cells[]): Promise<void> {
    this.count += some.length
    this.#kept.push(...some)
    if (this.#kept.length > mostKept) await this.#spill()
  }

  async *all(): AsyncGenerator<readonly Cells[]> {
    if (this.#spilled !== null) {
      let some: Cells[] = []
      for await (const line of createInterface({ input: createReadStream(join(this.#spilled.folder, 'rows')) })) {
        some.push(JSON.parse(line) as Cells)
        if (some.length < mostKept) continue
        yield some
        some = []
      }
      yield some
    }
    yield this.#kept
  }

  async close(): Promise<void> {
    await this.#spilled?.file.close()
    if (this.#spilled !== null) await rm(this.#spilled.folder, { recursive: true, force: true })
  }

  async #spill(): Promise<void> {
    this.#spilled ??= await begin()
    await this.#spilled.file.appendFile(this.#kept.map(lineOf).join(''))
    this.#kept = []
  }
}

/** What reads lines takes these for the end of one. */
const lineOf = (row: Cells): string =>
  `${JSON.stringify(row)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)}\n`

async function begin(): Promise<{ readonly folder: string; readonly file: FileHandle }> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-rows-'))
  return { folder, file: await open(join(folder, 'rows'), 'a') }
}
