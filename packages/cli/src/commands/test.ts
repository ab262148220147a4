import { selectNodes } from '@millrace/core'
import { openWorkspace, runModelTests, type TestResult } from '@millrace/runtime'
import { type Input, text, texts } from '../command.ts'
import { report } from '../dispatch.ts'
import { duration, plural } from '../terminal/format.ts'
import { screen } from '../terminal/screen.ts'

export async function run(input: Input): Promise<number> {
  const workspace = await openWorkspace({ dir: text(input, 'project') })
  try {
    const selected = selectNodes(workspace.graph, texts(input, 'select'))
    const issues = [...workspace.issues, ...selected.issues]
    if (issues.length > 0) return report(issues, input.json)
    const session = await workspace.session()
    const results = await runModelTests(workspace, selected.nodes, session)
    if (input.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
    else show(results)
    return results.every((one) => one.passed) ? 0 : 1
  } finally {
    await workspace.close()
  }
}

function show(results: readonly TestResult[]): void {
  const { paint } = screen(process.stdout)
  for (const one of results) {
    const mark = one.passed ? paint('green', '✓') : paint('red', '✗')
    process.stdout.write(`${mark} ${one.table}  ${one.test}  ${paint('dim', duration(one.ms))}\n`)
    if (one.problem !== null) process.stdout.write(`    ${one.problem}\n`)
    for (const row of one.missing) process.stdout.write(`    ${paint('red', '- expected')} ${JSON.stringify(row)}\n`)
    for (const row of one.extra) process.stdout.write(`    ${paint('yellow', '+ got     ')} ${JSON.stringify(row)}\n`)
  }
  const failed = results.filter((one) => !one.passed).length
  const said =
    results.length === 0
      ? 'No model has tests: write them under `tests:` in its header.'
      : `${plural(results.length - failed, 'test')} passed, ${failed} failed`
  process.stderr.write(`${said}\n`)
}
