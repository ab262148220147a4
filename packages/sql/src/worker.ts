// The SQL reader's own process: DuckDB runs here and nowhere else, so that a text which makes it compute for minutes or
// brings it down costs this process and nothing more. It ends when its parent does.
import { flushCompileCache } from 'node:module'
import { bindAll } from './bind/bind-all.ts'
import { outlineAll } from './bind/outline-all.ts'
import { openScratch, type Scratch } from './bind/scratch.ts'
import { InputTables } from './bind/tables.ts'
import { connections, type Reply, type Request, requestsAtOnce } from './protocol.ts'
import { Turns } from './turns.ts'

// Node keeps compiled code when a process ends by itself; this one is killed.
flushCompileCache()

const send = (reply: Reply): void => {
  process.send?.(reply)
}

const turns = new Turns(requestsAtOnce)
const opened = openScratch(connections).then((scratch) => ({ scratch, tables: new InputTables(scratch) }))

// What fails here fails each request too, and is told there.
opened.then(
  () => send({ ready: true }),
  () => {},
)

async function answer(request: Request): Promise<Reply> {
  const { scratch, tables } = await opened
  const missing = tables.claim(request.ask === 'bind' ? request.tables : [])
  return turns.run({ alone: missing.replaces }, async () => {
    await tables.make(missing)
    return read(request, scratch)
  })
}

async function read(request: Request, scratch: Scratch): Promise<Reply> {
  const { id } = request
  if (request.ask === 'outline')
    return { id, outlines: await each(request, request.texts, (texts) => outlineAll(scratch, texts)) }
  return { id, bound: await each(request, request.texts, (texts) => bindAll(scratch, texts)) }
}

async function each<T, R>(
  request: { readonly id: number; readonly single: boolean },
  texts: readonly T[],
  readAll: (texts: readonly T[]) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  if (!request.single) return readAll(texts)
  const results: R[] = []
  for (const [at, text] of texts.entries()) {
    send({ id: request.id, at })
    results.push(...(await readAll([text])))
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
