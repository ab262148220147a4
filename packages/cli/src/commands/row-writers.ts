import type { Batch } from '@millrace/core'
import { csvCell, csvTexts, jsonTexts, type PreparedQuery } from '@millrace/runtime'
import { laidOut, type Showing } from './laid-out.ts'
import type { Out } from './out.ts'

/** Takes rows batch by batch; `batch` answers whether more are wanted. */
export interface RowWriter {
  batch(batch: Batch): Promise<boolean>
  end(): Promise<void>
}

type MakeWriter = (prepared: PreparedQuery, out: Out, showing: Showing) => RowWriter

/** How rows leave, to a screen and to a file alike. A pipe that is slower than the engine holds the engine back. */
export const writers: { readonly [F in 'table' | 'csv' | 'json' | 'jsonl']: MakeWriter } = {
  table: tableWriter,
  csv: ({ names }, out) => lines(out, `${names.map(csvCell).join(',')}\n`, (batch) => csvTexts(batch, names)),
  json: jsonWriter,
  jsonl: ({ names }, out) => lines(out, '', (batch) => jsonTexts(batch, names)),
}

function lines(out: Out, head: string, linesOf: (batch: Batch) => readonly string[]): RowWriter {
  let begun = false
  const begin = async (): Promise<void> => {
    if (!begun) await out.write(head)
    begun = true
  }
  return {
    batch: async (batch) => {
      await begin()
      const all = linesOf(batch)
      return all.length === 0 || (await out.write(`${all.join('\n')}\n`))
    },
    end: begin,
  }
}

function jsonWriter({ names }: PreparedQuery, out: Out): RowWriter {
  let before = '['
  return {
    batch: async (batch) => {
      const rows = jsonTexts(batch, names)
      if (rows.length === 0) return true
      const text = `${before}${rows.join(',\n ')}`
      before = ',\n '
      return await out.write(text)
    },
    end: async () => {
      await out.write(before === '[' ? '[]\n' : ']\n')
    },
  }
}

function tableWriter(prepared: PreparedQuery, out: Out, showing: Showing): RowWriter {
  return laidOut(prepared, showing, async (pieces, shown) => {
    for await (const piece of pieces) if (!(await out.write(piece))) return
    showing.shown(shown)
  })
}
