// Everything but the tests that must hold before a change lands: types, lint, format, dead code, packaging.
import { spawnSync } from 'node:child_process'

interface Step {
  readonly name: string
  readonly command: readonly string[]
}

const bin = (name: string): string => `node_modules/.bin/${name}`

const steps: readonly Step[] = [
  { name: 'types', command: [bin('tsc'), '-b'] },
  { name: 'lint', command: [bin('oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', command: [bin('oxfmt'), '--check'] },
  { name: 'unused', command: [bin('knip'), '--no-config-hints'] },
]

let failed = 0
for (const { name, command } of steps) {
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(command[0] as string, command.slice(1), { encoding: 'utf8' })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (status !== 0) {
    failed += 1
    console.log(`${stdout}${stderr}`.trim().split('\n').slice(-120).join('\n'))
  }
}
process.exitCode = failed > 0 ? 1 : 0
