import { once } from 'node:events'
import { isClosedPipe } from '../terminal/closed-pipe.ts'
import type { Batch } from '@millrace/core'
import { batchRows, type PreparedQuery, plainRow } from '@millrace/runtime'
import { cellText } from './cell-text.ts'
import { grid } from '../terminal/grid.ts'
import { plural } from '../terminal/format.ts'
import type { Screen } from '../terminal/screen.ts'

/** Takes rows batch by batch; `batch` answers whether more are wanted. */
export interface RowWriter {
  batch(batch: Batch): Promise<boolean>
  end(): Promise<void>
}

type MakeWriter = (prepared: PreparedQuery, screen: Screen, limit: number) => RowWriter

/** How rows leave on stdout. A pipe that is slower than the engine holds the engine back. */
export const writers: { readonly [F in 'table' | 'csv' | 'json' | 'jsonl']: MakeWriter } = {
  table: tableWriter,
  csv: (prepared) => ({
    ...lines(csvHead(prepared), (row) => prepared.names.map((name) => csvCell(row[name])).join(',')),
  }),
  json: jsonWriter,
  jsonl: () => lines('', (row) => JSON.stringify(plainRow(row))),
}

type Row = Readonly<Record<string, unknown>>

/** Answers whether anybody still reads: `millrace query ... | head` closes the pipe early. */
async function out(text: string): Promise<boolean> {
  if (!process.stdout.writable) return false
  try {
    if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
    return true
  } catch (error) {
    if (isClosedPipe(error)) return false
    throw error
  }
}

function lines(head: string, line: (row: Row) => string): RowWriter {
  let begun = false
  const begin = async (): Promise<void> => {
    if (!begun) await out(head)
    begun = true
  }
  return {
    batch: async (batch) => {
      await begin()
      const text = batchRows(batch).map((row) => `${line(row)}\n`)
      return await out(text.join(''))
    },
    end: begin,
  }
}

const csvHead = (prepared: PreparedQuery): string => `${prepared.names.map(csvCell).join(',')}\n`

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = cellText(value)
  // An empty text is quoted, so that it can be told from a missing value.
  return text === '' || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function jsonWriter(): RowWriter {
  let before = '['
  return {
    batch: async (batch) => {
      const rows = batchRows(batch).map((row) => JSON.stringify(plainRow(row)))
      if (rows.length === 0) return true
      const text = `${before}${rows.join(',\n ')}`
      before = ',\n '
      return await out(text)
    },
    end: async () => {
      await out(before === '[' ? '[]\n' : ']\n')
    },
  }
}

function tableWriter(prepared: PreparedQuery, screen: Screen, limit: number): RowWriter {
  return gridWriter(prepared, screen, limit, async (table, { rows, more }) => {
    await out(`${table}\n`)
    const hint = more ? ` (more rows follow; --limit 0 shows all)` : ''
    process.stderr.write(screen.paint('dim', `${plural(rows, 'row')}${hint}\n`))
  })
}

/** The whole table is laid out at once: a column is as wide as its widest cell. */
export function gridWriter(
  prepared: PreparedQuery,
  screen: Screen,
  limit: number,
  print: (table: string, shown: { readonly rows: number; readonly more: boolean }) => Promise<void>,
): RowWriter {
  const rows: string[][] = []
  let total = 0
  const numbers = /^(u?int|float|decimal)/
  const right = new Set(
    prepared.names.flatMap((name, i) => {
      const type = prepared.columns[name]?.type
      return typeof type === 'string' && numbers.test(type) ? [i] : []
    }),
  )
  return {
    batch: (batch) => {
      for (const row of batchRows(batch)) {
        total += 1
        if (limit === 0 || rows.length < limit) rows.push(prepared.names.map((name) => cell(row[name], screen)))
      }
      return Promise.resolve(limit === 0 || total <= limit)
    },
    end: async () => {
      const table = grid(prepared.names, rows, screen, { right })
      await print(table, { rows: rows.length, more: total > rows.length })
    },
  }
}

function cell(value: unknown, screen: Screen): string {
  if (value === null || value === undefined) return screen.paint('dim', 'null')
  // What a terminal would take for a command to it is shown as what it is: a character that cannot be shown.
  return cellText(value).replaceAll(/[^\P{Cc}\n]/gu, '�')
}
