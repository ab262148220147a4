// Loads next to nothing: a command calls this before its own code is loaded.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startEarly } from '@millrace/sql/start'

/** Starts the reader's process for a project that was never read, which has all its texts to read. */
export function startReading(dir: string): void {
  const isProject = ['ts', 'js'].some((ending) => existsSync(join(dir, `millrace.config.${ending}`)))
  if (isProject && !existsSync(join(dir, '.millrace/cache')) && holdsSql(join(dir, 'tables'))) startEarly()
}

/** Ends at the first text, which is never far where there are many. */
function holdsSql(folder: string): boolean {
  if (!existsSync(folder)) return false
  const entries = readdirSync(folder, { withFileTypes: true })
  return (
    entries.some((one) => one.name.endsWith('.sql')) ||
    entries.some((one) => one.isDirectory() && holdsSql(join(folder, one.name)))
  )
}
