import { fail, parseDuration } from '@millrace/core'
import { clean, openWorkspace } from '@millrace/runtime'
import { flag, type Input, text } from '../command.ts'
import { report } from '../dispatch.ts'
import { bytes, plural } from '../terminal/format.ts'

/** Programs that write without Millrace's leases may be at work on files this young. */
const graceMs = 3_600_000

export async function run(input: Input): Promise<number> {
  const said = text(input, 'keep') ?? '7d'
  const keepMs =
    parseDuration(said) ??
    fail('command/bad-value', { option: 'keep', value: said, expected: 'a time such as 7d or 12h' })
  const dryRun = flag(input, 'dry-run')
  const workspace = await openWorkspace({ dir: text(input, 'project'), environment: text(input, 'env') })
  try {
    const { lakehouse, graph, issues } = workspace
    // How long a table keeps its versions is for its definition to say.
    if (issues.length > 0) return report(issues, input.json)
    const done = await clean(lakehouse, { graph, keepMs, graceMs: Math.min(graceMs, keepMs), dryRun })
    if (input.json) process.stdout.write(`${JSON.stringify({ ...done, dryRun }, null, 2)}\n`)
    else {
      const verb = dryRun ? 'would go' : 'removed'
      process.stderr.write(
        `${verb}: ${plural(done.files, 'file')} (${bytes(done.bytes)}), ${plural(done.versions, 'old version')}\n`,
      )
    }
    return 0
  } finally {
    await workspace.close()
  }
}
