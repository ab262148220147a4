import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Event, RunId } from '@millrace/core'

/** The log of one run, one JSON object a line: what happened, and the stacks that a screen does not show. */
export interface RunLog {
  readonly event: (event: Event) => void
  readonly fault: (task: string, error: unknown) => void
  readonly close: () => void
}

const keepDays = 30

export async function openRunLog(folder: string, run: RunId): Promise<RunLog> {
  await mkdir(folder, { recursive: true })
  await forgetOld(folder)
  // Only runs keep a log: whoever asks or plans does not load it.
  const { pino } = await import('pino')
  const destination = pino.destination({ dest: join(folder, `${run}.jsonl`), sync: true })
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  return {
    event: (event) => {
      if (event.type === 'task.progress') return
      const level = 'status' in event && event.status === 'failed' ? 'error' : 'info'
      logger[level](event, event.type)
    },
    fault: (task, error) => logger.error({ task, err: error }, 'task.fault'),
    close: () => destination.end(),
  }
}

async function forgetOld(folder: string): Promise<void> {
  const oldest = Date.now() - keepDays * 86_400_000
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (name.endsWith('.jsonl') && (await stat(path)).mtimeMs < oldest) await rm(path, { force: true })
  }
}
