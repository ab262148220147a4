import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PythonPeers } from './harness/benchmark.ts'

/** Pythons that peers run in, apart from that of the tests. dbt wants other versions of what the others need too. */
const environments: Readonly<Record<PythonPeers, { readonly folder: string; readonly requirements: string }>> = {
  tables: { folder: '.venv', requirements: 'peers.txt' },
  dbt: { folder: '.dbt/.venv', requirements: 'peers-dbt.txt' },
}

/** A program of an environment. */
export function peersProgram(peers: PythonPeers, program: string): string {
  const name = process.platform === 'win32' ? `Scripts/${program}.exe` : `bin/${program}`
  return join(import.meta.dirname, environments[peers].folder, name)
}

export const peersPython: string = peersProgram('tables', 'python')

/** The Python of an environment, which is made on first use. */
export function makePeers(peers: PythonPeers): string {
  const requirements = join(import.meta.dirname, environments[peers].requirements)
  const folder = join(import.meta.dirname, environments[peers].folder)
  const python = peersProgram(peers, 'python')
  const stamp = createHash('sha256').update(readFileSync(requirements)).digest('hex')
  const stampFile = join(folder, '.millrace-stamp')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return python
  run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder])
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements])
  writeFileSync(stampFile, stamp)
  return python
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`)
}

if (import.meta.main) for (const peers of Object.keys(environments)) console.log(makePeers(peers as PythonPeers))
