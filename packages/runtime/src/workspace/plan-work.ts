import { type Issue, MillraceError, plan, type Plan, type PlanOptions, selectNodes } from '@millrace/core'
import { executeRun, type RunOptions, type RunResult } from '../execute/run.ts'
import { observe, type Seen } from '../observe/observe.ts'
import { hash } from './lakehouse.ts'
import type { Workspace } from './workspace.ts'

/** Looks at the environment and says what would change. */
export async function planWork(
  workspace: Workspace,
  options: PlanOptions,
): Promise<{ readonly plan: Plan; readonly seen: Seen }> {
  const seen = await observe(workspace.lakehouse, workspace.graph)
  const made = plan(workspace.graph, seen.observed, options, hash)
  return { plan: { ...made, refusals: [...made.refusals, ...untimed(workspace, seen, made)] }, seen }
}

/** What waits for other steps is asked again when its inputs are there, which may then be right. */
function untimed({ graph }: Workspace, seen: Seen, { options, steps }: Plan): readonly Issue[] {
  if (seen.untimed.length === 0) return []
  const selected = selectNodes(graph, options.select ?? []).nodes
  const waits = new Set(steps.flatMap(({ node, after }) => (after.length > 0 ? [node] : [])))
  return seen.untimed.flatMap(({ node, issue }) => (selected.has(node) && !waits.has(node) ? [issue] : []))
}

/** Plans under leases and carries the plan out. */
export async function runWork(
  workspace: Workspace,
  options: PlanOptions,
  run: RunOptions,
): Promise<RunResult & { readonly plan: Plan }> {
  const { plan: first } = await planWork(workspace, options)
  if (first.issues.length > 0) throw new MillraceError(first.issues)
  const tables = first.steps.flatMap((step) => step.tables)
  workspace.lakehouse.warm(first.steps.filter((step) => step.after.length === 0).length)
  return await executeRun(workspace.lakehouse, workspace.graph, tables, () => planWork(workspace, options), run)
}
