import { type Node, type Written } from '@millrace/core'
import { type CodeRan, runCode } from '../code/run-code.ts'
import { openDraft, stageWritten } from '../execute/draft.ts'
import { writeSource } from '../execute/quarantined.ts'
import { soleOutput } from '../execute/task.ts'
import { originOf } from './land.ts'
import type { SourceKind } from './sources.ts'

const positionKey = 'code'

/** A function of the project that yields rows and positions. Only it knows what is new, so it is asked on every run. */
export const codeSource: SourceKind = {
  offer: async (_lakehouse, node, tables) => {
    const [table] = soleOutput(node)
    return { pending: null, position: tables.get(table)?.progress.position ?? {} }
  },
  load: async (context) => {
    const [table, output] = soleOutput(context.node)
    const config = configOf(context.node)
    const fresh = context.decision.action === 'rebuild'
    const before = fresh ? undefined : context.states.get(table)?.progress.position[positionKey]
    const replaces = output.write === 'replace' || fresh
    const open = await openDraft(context, table, output, { rewritten: replaces })
    const job = { kind: 'source', after: before ?? null } as const
    const told: Pick<CodeRan, 'position' | 'env'> = { position: null, env: [] }
    const add = await writeSource(context, output, open.draft.sink, async (sink) => {
      const parts: Written[] = []
      const ran = await runCode(context, { ...config, job, columns: output.columns }, async (rows) => {
        parts.push(await context.session.write(rows, sink, context.cancel, context.progress))
      })
      Object.assign(told, ran)
      return parts
    })
    const known = context.states.has(table)
    // A source that brought nothing has nothing to publish: the table stays the version that it is.
    if (known && !replaces && add.rows === 0 && (told.position ?? before) === before)
      return { staged: [], rows: 0, bytes: 0 }
    const reached = told.position ?? before
    const staged = await stageWritten(context, open, output, {
      add,
      remove: open.base !== null && replaces ? 'all' : 'none',
      operation: open.base !== null && replaces ? 'overwrite' : 'append',
      progress: {
        covered: [],
        position: reached === undefined ? {} : { [positionKey]: reached },
        origin: originOf(context, told.env),
      },
    })
    return { staged: [staged], rows: add.rows, bytes: add.bytes }
  },
}

function configOf(node: Node): { readonly module: string; readonly export: string } {
  const config = node.work.executor === 'connector' ? node.work.config : {}
  const { module = '', export: name = '' } = config as { module?: string; export?: string }
  return { module, export: name }
}
