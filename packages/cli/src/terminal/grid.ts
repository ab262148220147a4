import { stripVTControlCharacters } from 'node:util'
import type { Screen } from './screen.ts'

export interface GridOptions {
  readonly right?: ReadonlySet<number>
  readonly most?: number
}

/** Text in columns; numbers to the right. Cells longer than `most` end in an ellipsis. */
export function grid(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  screen: Screen,
  options: GridOptions = {},
): string {
  const fitting = new Grid(head, screen, options)
  const taken = rows.map((row) => fitting.take(row))
  return [fitting.head(), ...taken.map((row) => fitting.line(row))].join('\n')
}

/** A grid whose rows need not be kept together: all are taken before the first is shown, for a column is as wide as its widest cell. */
export class Grid {
  readonly #names: readonly string[]
  readonly #widths: number[]
  readonly #screen: Screen
  readonly #right: ReadonlySet<number>
  readonly #most: number

  constructor(names: readonly string[], screen: Screen, { right = new Set(), most = 60 }: GridOptions) {
    this.#names = names
    this.#widths = names.map(width)
    this.#screen = screen
    this.#right = right
    this.#most = most
  }

  /** The cells as they will be shown. */
  take(row: readonly string[]): readonly string[] {
    const cells = row.map((cell) => shorten(cell, this.#most))
    for (const [i, cell] of cells.entries()) this.#widths[i] = Math.max(this.#widths[i] ?? 0, width(cell))
    return cells
  }

  head(): string {
    return this.#screen.paint('dim', this.line(this.#names))
  }

  line(cells: readonly string[]): string {
    return cells
      .map((cell, i) => pad(cell, this.#widths[i] ?? 0, this.#right.has(i)))
      .join('  ')
      .trimEnd()
  }
}

function pad(cell: string, to: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, to - width(cell)))
  return right ? space + cell : cell + space
}

function shorten(cell: string, most: number): string {
  const flat = cell.includes('\n') ? cell.replaceAll('\n', '⏎') : cell
  return width(flat) <= most
    ? flat
    : `${Array.from(flat)
        .slice(0, most - 1)
        .join('')}…`
}

/** Columns on a terminal: wide characters take two, combining marks none. */
function width(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let sum = 0
  for (const char of stripVTControlCharacters(text)) {
    if (/\p{M}/u.test(char)) continue
    sum += /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\u{1F300}-\u{1FAFF}]/u.test(
      char,
    )
      ? 2
      : 1
  }
  return sum
}
