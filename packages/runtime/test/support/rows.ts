import { csvSource, writeFiles } from './project.ts'

/** The source of `raw.rows`. */
export const source: string = csvSource('raw.rows', { id: 'int64', name: 'string', amount: 'int32', seen: 'int64' })

let files = 0

/** One more file of it. */
export function drop(root: string, ...lines: readonly string[]): void {
  const name = `in/raw.rows/${String(++files).padStart(4, '0')}.csv`
  writeFiles(root, { [name]: `${['id,name,amount,seen', ...lines].join('\n')}\n` })
}
