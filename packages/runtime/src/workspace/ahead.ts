// Loads next to nothing: a command calls this before its own code is loaded.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startEarly } from '@millrace/sql/start'

/** Starts the reader's process for a project that was never read, which has all its texts to read. */
export function startReading(dir: string): void {
  const isProject = ['ts', 'js'].some((ending) => existsSync(join(dir, `millrace.config.${ending}`)))
  if (isProject && !existsSync(join(dir, '.millrace/cache'))) startEarly()
}
