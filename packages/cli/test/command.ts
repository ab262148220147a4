import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { bundle } from '../../../tools/pack.ts'

/** The command as users have it: bundled, it starts in a third of the time. It lies in the repository to find DuckDB. */
const repository = fileURLToPath(new URL('../../..', import.meta.url))
mkdirSync(join(repository, 'dist'), { recursive: true })
const bundled = mkdtempSync(join(repository, 'dist/test-'))
await bundle(bundled)
copyFileSync(join(repository, 'packages/cli/package.json'), join(bundled, 'package.json'))
afterAll(() => rmSync(bundled, { recursive: true, force: true }))

export const main: string = join(bundled, 'dist/cli.js')

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program without a terminal; the caller's wishes about colours do not count. */
export function start(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...rest } = process.env
  const child = spawn(command, args, { cwd, env: { ...rest, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, ...said }))
  })
}

/** A folder of a test, with the command run in it as a user would. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'millrace-cli-'))

  write(files: Readonly<Record<string, string | Buffer>>): this {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true })
      writeFileSync(join(this.path, name), content)
    }
    return this
  }

  run(...args: readonly string[]): Promise<Ended> {
    return this.runWith({}, ...args)
  }

  runWith(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ended> {
    return start(process.execPath, [main, ...args], this.path, env)
  }

  /** Runs what must go well before the tests can begin. */
  async prepare(...args: readonly string[]): Promise<void> {
    const { status, stderr } = await this.run(...args)
    if (status !== 0) throw new Error(`millrace ${args.join(' ')} ended with ${status}: ${stderr}`)
  }

  /** Runs with `--json` and reads what it printed. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { stdout, stderr, status } = await this.run(...args, '--json')
    if (status !== 0) throw new Error(`millrace ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`)
    return JSON.parse(stdout) as T
  }

  /** A line of bash in which `millrace` is the command. */
  shell(line: string): Promise<Ended> {
    return start('bash', ['-c', `millrace() { "${process.execPath}" "${main}" "$@"; }\n${line}`], this.path)
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

export const config = `import { defineProject } from 'millrace'
export default defineProject({ name: 'shop', environments: { dev: {} } })
`
