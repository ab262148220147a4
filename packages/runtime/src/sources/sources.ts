import type { Issue, Node, SourceOffer, TableName, TableState } from '@millrace/core'
import { fail, MillraceError } from '@millrace/core'
import type { TaskContext } from '../execute/task.ts'
import type { WriteOutcome } from '../execute/outcome.ts'
import type { Lakehouse } from '../workspace/lakehouse.ts'
import { codeSource } from './code.ts'
import { filesSource } from './files.ts'
import { seedSource } from './seed.ts'
import { withVariables } from './variables.ts'

/** How the runtime works with one kind of outside system. */
export interface SourceKind {
  /** What is waiting, looked up without reading it. */
  offer(lakehouse: Lakehouse, node: Node, tables: ReadonlyMap<TableName, TableState>): Promise<SourceOffer>
  /** Lands what is new and stages the tables. */
  load(context: TaskContext): Promise<WriteOutcome>
}

const kinds: Readonly<Record<string, SourceKind>> = { code: codeSource, files: filesSource, seed: seedSource }

function kindOf(node: Node): SourceKind {
  const connector = node.work.executor === 'connector' ? node.work.connector : ''
  return kinds[connector] ?? fail('run/no-connector', { source: node.id, connector })
}

/** Why nobody knows what a source holds. */
export interface SourceProblem {
  readonly node: string
  readonly issue: Issue
}

export async function offerOf(
  lakehouse: Lakehouse,
  node: Node,
  tables: ReadonlyMap<TableName, TableState>,
  problems: SourceProblem[],
): Promise<SourceOffer> {
  try {
    return await kindOf(node).offer(lakehouse, withVariables(node), tables)
  } catch (error) {
    // What is wrong with one source is told with the plan, and that source's failure when it runs: no reason to plan nothing.
    if (!(error instanceof MillraceError)) throw error
    problems.push(...error.issues.map((one) => ({ node: node.id, issue: one })))
    return { pending: null, position: {} }
  }
}

export async function loadSource(context: TaskContext): Promise<WriteOutcome> {
  return await kindOf(context.node).load({ ...context, node: withVariables(context.node) })
}
