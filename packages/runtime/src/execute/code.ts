import { type Query, type Slice, withoutHistory, type Written } from '@millrace/core'
import { runCode } from '../code/run-code.ts'
import { incomingSink, type Incoming, incomingOf } from './incoming.ts'
import { soleOutput, type TaskContext } from './task.ts'

/** The rows that a model's function gives for one slice, kept in temporary files. */
export async function codeQuery(context: TaskContext, slice: Slice): Promise<Query> {
  const { node } = context
  if (node.work.executor !== 'code') throw new Error(`${node.id} is no function`)
  const [, output] = soleOutput(node)
  const interval = 'interval' in slice ? slice.interval : null
  const { module, export: name } = node.work
  const columns = withoutHistory(output.write, output.columns)
  const sink = incomingSink(context, columns)
  const parts: Written[] = []
  await runCode(
    context,
    { module, export: name, job: { kind: 'model', interval, params: {} }, columns },
    async (rows) => {
      parts.push(await context.session.write(rows, sink, context.cancel, context.progress))
    },
  )
  const incoming: Incoming = incomingOf(sink, parts)
  return { sql: 'select * from computed.rows', inputs: { 'computed.rows': incoming.scan }, params: {} }
}
