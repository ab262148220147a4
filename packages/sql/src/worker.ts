// The SQL reader's own process: DuckDB runs here and nowhere else, so that a text which makes it compute for minutes or
// brings it down costs this process and nothing more. It ends when its parent does.
import { flushCompileCache } from 'node:module'
import { bindAll } from './bind/bind-all.ts'
import { outlineAll } from './bind/outline-all.ts'
import { openScratch } from './bind/scratch.ts'
import { InputTables } from './bind/tables.ts'
import type { Reply, Request } from './protocol.ts'

// Node keeps compiled code when a process ends by itself; this one is killed.
flushCompileCache()

const send = (reply: Reply): void => {
  process.send?.(reply)
}

const opened = openScratch().then((scratch) => ({ scratch, tables: new InputTables(scratch) }))

async function answer(request: Request): Promise<Reply> {
  const { id } = request
  const { scratch, tables } = await opened
  if (request.ask === 'outline') {
    return { id, outlines: await each(request, request.texts, (texts) => outlineAll(scratch, texts)) }
  }
  await tables.ensure(request.tables)
  return { id, bound: await each(request, request.texts, (texts) => bindAll(scratch, texts)) }
}

async function each<T, R>(
  request: { readonly id: number; readonly single: boolean },
  texts: readonly T[],
  read: (texts: readonly T[]) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  if (!request.single) return read(texts)
  const results: R[] = []
  for (const [at, text] of texts.entries()) {
    send({ id: request.id, at })
    results.push(...(await read([text])))
  }
  return results
}

process.on('message', (request: Request) => {
  answer(request).then(send, (error: unknown) => {
    send({ id: request.id, failed: error instanceof Error ? error.message : String(error) })
  })
})

// A plain exit waits for DuckDB's threads, and some texts keep them busy for ever.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
