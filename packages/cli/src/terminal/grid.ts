import { stripVTControlCharacters } from 'node:util'
import type { Screen } from './screen.ts'

/** Text in columns; numbers to the right. Cells longer than `most` end in an ellipsis. */
export function grid(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  screen: Screen,
  options: { readonly right?: ReadonlySet<number>; readonly most?: number } = {},
): string {
  const most = options.most ?? 60
  const cells = rows.map((row) => row.map((cell) => shorten(cell, most)))
  const widths = head.map((name, i) => Math.max(width(name), ...cells.map((row) => width(row[i] ?? ''))))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => pad(cell, widths[i] as number, options.right?.has(i) ?? false))
      .join('  ')
      .trimEnd()
  return [screen.paint('dim', line(head)), ...cells.map(line)].join('\n')
}

function pad(cell: string, to: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, to - width(cell)))
  return right ? space + cell : cell + space
}

function shorten(cell: string, most: number): string {
  const flat = cell.replaceAll('\n', '⏎')
  return width(flat) <= most
    ? flat
    : `${Array.from(flat)
        .slice(0, most - 1)
        .join('')}…`
}

/** Columns on a terminal: wide characters take two, combining marks none. */
function width(text: string): number {
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
