import type { Columns, TableName } from '@millrace/core'
import { generatedFiles, writeGeneratedFiles } from '@millrace/project'
import { openWorkspace } from '@millrace/runtime'
import { flag, type Input, text } from '../command.ts'
import { report } from '../dispatch.ts'

export async function run(input: Input): Promise<number> {
  const workspace = await openWorkspace({ dir: text(input, 'project') })
  try {
    if (workspace.issues.length > 0) return report(workspace.issues, input.json)
    const { root, graph } = workspace
    const columns: Record<TableName, Columns> = {}
    for (const node of graph.nodes.values()) {
      for (const [table, output] of Object.entries(node.outputs)) columns[table as TableName] = output.columns
    }
    const stale = flag(input, 'check')
      ? generatedFiles(root, columns).flatMap((file) => (file.current ? [] : [file.path]))
      : writeGeneratedFiles(root, columns)
    if (input.json) process.stdout.write(`${JSON.stringify({ changed: stale })}\n`)
    else if (stale.length === 0) process.stderr.write('The generated files are up to date.\n')
    else if (flag(input, 'check'))
      process.stderr.write(`Not up to date: ${stale.join(', ')}. Run \`millrace types\` and commit them.\n`)
    else process.stderr.write(`Wrote ${stale.join(', ')}\n`)
    return flag(input, 'check') && stale.length > 0 ? 1 : 0
  } finally {
    await workspace.close()
  }
}
