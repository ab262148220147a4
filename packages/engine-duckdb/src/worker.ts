/** The entry of a worker process: takes statements from the engine, one after another, and ends when the engine is gone. */
import { flushCompileCache } from 'node:module'
import { Socket } from 'node:net'
import type { Scan } from '@millrace/core'
import { Channel } from './process/channel.ts'
import type { FromWorker, Statement, ToWorker } from './process/protocol.ts'
import { describeQuery } from './worker/columns.ts'
import { Database } from './worker/database.ts'
import { exportQuery } from './worker/export.ts'
import { issuesOf } from './worker/failure.ts'
import { withInputs } from './worker/inputs.ts'
import { landFiles } from './worker/land.ts'
import { inputsOf, type OnProgress, withBytesOf } from './worker/progress.ts'
import { readQuery } from './worker/read.ts'
import { writeQuery } from './worker/write.ts'

// Node keeps compiled code when a process ends by itself; this one is killed.
flushCompileCache()

const database = new Database()
let stopped = -1
/** The statement that may be interrupted now. */
let interruptible = -1

const channel = new Channel<FromWorker, ToWorker>(new Socket({ fd: 3, readable: true, writable: true }), {
  message: (message) => {
    if (message.say === 'do') void carryOut(message)
    else stop(message.id)
  },
  batch: () => undefined,
  // A plain exit waits for DuckDB's threads: a long query would outlive everyone who wants its rows.
  end: () => process.kill(process.pid, 'SIGKILL'),
})

function stop(id: number): void {
  stopped = id
  if (interruptible === id) database.connection.interrupt()
}

async function carryOut(order: Extract<ToWorker, { say: 'do' }>): Promise<void> {
  const { id, statement, limits } = order
  try {
    await database.use(limits)
    channel.send({ say: 'done', id, value: await perform(id, statement) })
  } catch (error) {
    // An interrupted read is one that nobody reads any more: that is no failure.
    if (stopped === id) channel.send({ say: 'done', id, value: null })
    else channel.send({ say: 'failed', id, issues: issuesOf(error, database.memoryBytes, scansOf(statement)) })
  }
}

const scansOf = (statement: Statement): readonly Scan[] =>
  statement.run === 'land' ? [statement.scan] : inputsOf(statement.query)

function perform(id: number, statement: Statement): Promise<unknown> {
  const progressOf = (scans: readonly Scan[]): OnProgress =>
    withBytesOf(scans, (now) => channel.send({ say: 'progress', id, now }))
  switch (statement.run) {
    case 'describe':
      return withInputs(database, statement.query, async () => (await describeQuery(database, statement.query)).columns)
    case 'read':
      return readQuery(database, statement.query, {
        stopped: () => stopped === id,
        interruptible: async (work) => {
          interruptible = id
          try {
            await work()
          } finally {
            interruptible = -1
          }
        },
        columns: (columns) => channel.send({ say: 'columns', id, columns }),
        batch: (rows, arrow) => channel.sendBatch(rows, arrow),
      })
    case 'write':
      return writeQuery(
        database,
        statement.query,
        statement.sink,
        statement.name,
        progressOf(inputsOf(statement.query)),
      )
    case 'land':
      return landFiles(database, statement.scan, statement.sink, statement.name, progressOf([statement.scan]))
    case 'export':
      return exportQuery(database, statement.query, statement.target)
  }
}
