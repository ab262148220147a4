import { describeIssue } from '@millrace/core'
import { openWorkspace, planWork } from '@millrace/runtime'
import { flag, type Input, text, texts } from '../command.ts'
import { plainIssue, report } from '../dispatch.ts'
import { renderIssues } from '../terminal/issues.ts'
import { isLeft, renderNotes } from '../terminal/notes.ts'
import { renderPlan } from '../terminal/plan.ts'
import { screen } from '../terminal/screen.ts'
import { withinOf } from './within.ts'

export async function run(input: Input): Promise<number> {
  const workspace = await openWorkspace({ dir: text(input, 'project'), environment: text(input, 'env') })
  try {
    if (workspace.issues.length > 0) return report(workspace.issues, input.json)
    const { plan, seen } = await planWork(workspace, {
      select: texts(input, 'select'),
      fullRefresh: flag(input, 'full-refresh'),
      allow: texts(input, 'allow'),
      ...withinOf(input),
    })
    const loaded = new Set(plan.steps.map(({ node }) => node))
    const wrong = [...plan.issues, ...seen.problems.filter(({ node }) => loaded.has(node)).map((one) => one.issue)]
    const issues = [...wrong, ...plan.refusals]
    if (input.json)
      process.stdout.write(
        `${JSON.stringify({ ...plan, issues: issues.map(plainIssue), notes: plan.notes.map(plainIssue), refusals: undefined }, null, 2)}\n`,
      )
    else {
      // Where the question itself is wrong, "nothing to do" is no answer.
      if (plan.issues.length === 0 || plan.steps.length > 0)
        process.stdout.write(renderPlan(plan, workspace.graph, screen(process.stdout)))
      const wrongs = issues.filter((one) => !isLeft(one))
      const left = [...issues.filter(isLeft), ...plan.notes]
      if (wrongs.length > 0) process.stderr.write(`\n${renderIssues(wrongs, screen(process.stderr))}`)
      if (left.length > 0) process.stderr.write(`\n${renderNotes(left, screen(process.stderr))}`)
    }
    if (wrong.length > 0) return Math.max(...wrong.map((one) => describeIssue(one).exit))
    return plan.refusals.every(isLeft) ? 0 : 1
  } finally {
    await workspace.close()
  }
}
