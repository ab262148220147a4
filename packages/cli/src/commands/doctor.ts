import { examine } from '@millrace/runtime'
import { type Input, text } from '../command.ts'
import { advised } from '../terminal/advice.ts'
import { screen } from '../terminal/screen.ts'

export async function run(input: Input): Promise<number> {
  const found = await examine({ dir: text(input, 'project'), environment: text(input, 'env') })
  const findings = found.map((one) => ({ ...one, fix: one.fix === null ? null : advised(one.fix) }))
  if (input.json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
  else {
    const { paint } = screen(process.stdout)
    const marks = { ok: paint('green', '✓'), warning: paint('yellow', '!'), wrong: paint('red', '✗') }
    for (const one of findings) {
      process.stdout.write(`${marks[one.state]} ${one.what}: ${one.detail}\n`)
      if (one.fix !== null) process.stdout.write(`  ${paint('green', '→')} ${one.fix.replaceAll('\n', '\n    ')}\n`)
    }
  }
  return findings.some((one) => one.state === 'wrong') ? 1 : 0
}
