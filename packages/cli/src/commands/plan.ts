import { describeIssue } from '@millrace/core'
import { openWorkspace, planWork } from '@millrace/runtime'
import { flag, type Input, text, texts } from '../command.ts'
import { plainIssue, report } from '../dispatch.ts'
import { renderIssues } from '../terminal/issues.ts'
import { renderPlan } from '../terminal/plan.ts'
import { screen } from '../terminal/screen.ts'
import { withinOf } from './within.ts'

export async function run(input: Input): Promise<number> {
  const workspace = await openWorkspace({ dir: text(input, 'project'), environment: text(input, 'env') })
  try {
    if (workspace.issues.length > 0) return report(workspace.issues, input.json)
    const { plan } = await planWork(workspace, {
      select: texts(input, 'select'),
      fullRefresh: flag(input, 'full-refresh'),
      allow: texts(input, 'allow'),
      ...withinOf(input),
    })
    const issues = [...plan.issues, ...plan.refusals]
    if (input.json)
      process.stdout.write(
        `${JSON.stringify({ ...plan, issues: issues.map(plainIssue), refusals: undefined }, null, 2)}\n`,
      )
    else {
      process.stdout.write(renderPlan(plan, workspace.graph, screen(process.stdout)))
      if (issues.length > 0) process.stderr.write(`\n${renderIssues(issues, screen(process.stderr))}`)
    }
    if (plan.issues.length > 0) return Math.max(...plan.issues.map((one) => describeIssue(one).exit))
    return plan.refusals.some((one) => one.code !== 'plan/would-drop') ? 1 : 0
  } finally {
    await workspace.close()
  }
}
