import { selectNodes } from '@millrace/core'
import { openWorkspace, runModelTests, type TestResult } from '@millrace/runtime'
import { type Input, text, texts } from '../command.ts'
import { plainIssue, report } from '../dispatch.ts'
import { duration, plural } from '../terminal/format.ts'
import { renderIssues } from '../terminal/issues.ts'
import { rowDifferences } from '../terminal/row-differences.ts'
import { screen } from '../terminal/screen.ts'

export async function run(input: Input): Promise<number> {
  const workspace = await openWorkspace({ dir: text(input, 'project') })
  try {
    const selected = selectNodes(workspace.graph, texts(input, 'select'))
    const issues = [...workspace.issues, ...selected.issues]
    if (issues.length > 0) return report(issues, input.json)
    const session = await workspace.session()
    const results = await runModelTests(workspace, selected.nodes, session)
    if (input.json) process.stdout.write(`${JSON.stringify(results.map(plain), null, 2)}\n`)
    else show(results)
    return results.every((one) => one.passed) ? 0 : 1
  } finally {
    await workspace.close()
  }
}

const plain = (one: TestResult): object => ({ ...one, issues: one.issues.map(plainIssue) })

function show(results: readonly TestResult[]): void {
  const out = screen(process.stdout)
  const { paint } = out
  for (const one of results) {
    const mark = one.passed ? paint('green', '✓') : paint('red', '✗')
    process.stdout.write(`${mark} ${one.table}  ${one.test}  ${paint('dim', duration(one.ms))}\n`)
    if (one.issues.length > 0) process.stdout.write(renderIssues(one.issues, out).replaceAll(/^(?=.)/gm, '    '))
    else if (one.problem !== null) process.stdout.write(`    ${one.problem}\n`)
    const { differing, missing, extra } = rowDifferences(one.missing, one.extra)
    for (const { columns, row } of differing) {
      process.stdout.write(`    ${paint('yellow', '≠')} ${paint('dim', row)}\n`)
      for (const { name, expected, got } of columns)
        process.stdout.write(
          `      ${name}: ${paint('red', `expected ${expected}`)}, ${paint('yellow', `got ${got}`)}\n`,
        )
    }
    for (const row of missing) process.stdout.write(`    ${paint('red', '- expected')} ${JSON.stringify(row)}\n`)
    for (const row of extra) process.stdout.write(`    ${paint('yellow', '+ got     ')} ${JSON.stringify(row)}\n`)
  }
  const failed = results.filter((one) => !one.passed).length
  const said =
    results.length === 0
      ? 'No model has tests: write them under `tests:` in its header.'
      : `${plural(results.length - failed, 'test')} passed, ${failed} failed`
  process.stderr.write(`${said}\n`)
}
