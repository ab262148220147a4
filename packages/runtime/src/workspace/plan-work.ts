import { MillraceError, plan, type Plan, type PlanOptions } from '@millrace/core'
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
  return { plan: plan(workspace.graph, seen.observed, options, hash), seen }
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
