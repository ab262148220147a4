import { csvSource, writeFiles } from './project.ts'

interface Rows {
  /** The source of `raw.rows`. */
  readonly source: string
  /** One more file of it. */
  readonly drop: (root: string, ...lines: readonly string[]) => void
}

let files = 0

function rowsOf(columns: Readonly<Record<string, string>>): Rows {
  const header = Object.keys(columns).join(',')
  return {
    source: csvSource('raw.rows', columns),
    drop: (root, ...lines) => {
      const name = `in/raw.rows/${String(++files).padStart(4, '0')}.csv`
      writeFiles(root, { [name]: `${[header, ...lines].join('\n')}\n` })
    },
  }
}

export const plainRows: Rows = rowsOf({ id: 'int64', name: 'string', amount: 'int32', seen: 'int64' })

/** With the time at which each happened. */
export const timedRows: Rows = rowsOf({
  id: 'int64',
  name: 'string',
  amount: 'int64',
  happened_at: 'timestamptz',
  seen: 'int64',
})
