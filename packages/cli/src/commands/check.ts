import { type CheckResult, selectNodes, type TableName } from '@millrace/core'
import { openWorkspace, pinsAt, runChecks } from '@millrace/runtime'
import { type Input, text, texts } from '../command.ts'
import { report } from '../dispatch.ts'
import { plural } from '../terminal/format.ts'
import { brokenRows } from '../terminal/progress.ts'
import { advised } from '../terminal/advice.ts'
import { screen } from '../terminal/screen.ts'

interface Checked extends CheckResult {
  readonly table: TableName
}

export async function run(input: Input): Promise<number> {
  const workspace = await openWorkspace({ dir: text(input, 'project'), environment: text(input, 'env') })
  try {
    const { graph, lakehouse } = workspace
    const selected = selectNodes(graph, texts(input, 'select'))
    const issues = [...workspace.issues, ...selected.issues]
    if (issues.length > 0) return report(issues, input.json)
    const pins = await pinsAt(lakehouse, undefined)
    const session = await workspace.session()
    const results: Checked[] = []
    for (const id of selected.nodes) {
      for (const [table, output] of Object.entries(graph.nodes.get(id)?.outputs ?? {})) {
        if (!pins.has(table as TableName)) continue
        const found = await runChecks(workspace, session, pins, table as TableName, output)
        results.push(...found.map((one) => ({ ...one, table: table as TableName })))
      }
    }
    if (input.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
    else show(results)
    return results.some((one) => one.failed > 0 && one.on === 'block') ? 1 : 0
  } finally {
    await workspace.close()
  }
}

function show(results: readonly Checked[]): void {
  const { paint } = screen(process.stdout)
  const out = (line: string): void => void process.stdout.write(`${line}\n`)
  for (const one of results) {
    const mark = one.failed === 0 ? paint('green', '✓') : one.on === 'warn' ? paint('yellow', '!') : paint('red', '✗')
    out(
      `${mark} ${one.table}  ${one.check}${one.failed === 0 ? '' : `  ${one.of === 'table' ? '' : `${brokenRows(one)} `}(${one.on})`}`,
    )
    for (const row of one.sample) out(paint('dim', `    ${JSON.stringify(row)}`))
    if (one.failed > 0) {
      const query = advised(`millrace query '${one.query.replaceAll("'", `'\\''`)}'`)
      out(`    ${paint('green', '→')} ${query}`)
    }
  }
  const failed = results.filter((one) => one.failed > 0).length
  process.stderr.write(
    results.length === 0
      ? 'No checks on what is published here.\n'
      : `${plural(results.length - failed, 'check')} passed, ${failed} failed\n`,
  )
}
