import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { main } from '../../packages/cli/test/command.ts'

export interface Ended {
  readonly exit: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command as a user does, in a process of its own. */
export function millrace(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  return { exit: status, out: stdout, err: stderr }
}

/** The rows of a query. */
export function rows(
  cwd: string,
  sql: string,
  more: readonly string[] = [],
): readonly Readonly<Record<string, unknown>>[] {
  const { exit, out, err } = millrace(cwd, ['query', sql, '--json', ...more])
  if (exit !== 0) throw new Error(err)
  return JSON.parse(out) as readonly Readonly<Record<string, unknown>>[]
}

/** A copy of the shop in a folder of its own, without what it made. */
export function shopFolder(): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'millrace-shop-')), 'shop')
  cpSync('examples/shop', folder, {
    recursive: true,
    filter: (path) => !['landing', '.millrace', 'node_modules'].includes(basename(path)),
  })
  return folder
}
