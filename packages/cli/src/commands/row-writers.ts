import { once } from 'node:events'
import { isClosedPipe } from '../terminal/closed-pipe.ts'
import type { Batch } from '@millrace/core'
import { batchRows, type PreparedQuery, plainRow } from '@millrace/runtime'
import { cellText } from './cell-text.ts'
import { plural } from '../terminal/format.ts'
import { laidOut, type Showing } from './laid-out.ts'

/** Takes rows batch by batch; `batch` answers whether more are wanted. */
export interface RowWriter {
  batch(batch: Batch): Promise<boolean>
  end(): Promise<void>
}

type MakeWriter = (prepared: PreparedQuery, showing: Showing) => RowWriter

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

function tableWriter(prepared: PreparedQuery, showing: Showing): RowWriter {
  return laidOut(prepared, showing, async (pieces, { rows, more }) => {
    for await (const piece of pieces) if (!(await out(piece))) return
    const hint = more ? ` (more rows follow; --limit 0 shows all)` : ''
    process.stderr.write(showing.screen.paint('dim', `${plural(rows, 'row')}${hint}\n`))
  })
}
