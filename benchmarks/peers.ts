import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '.venv')
const requirements = join(import.meta.dirname, 'peers.txt')
const stampFile = join(folder, '.millrace-stamp')

export const peersPython: string = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')

/** The Python that the peers run in, apart from that of the tests; made on first use. */
export function makePeers(): string {
  const stamp = createHash('sha256').update(readFileSync(requirements)).digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return peersPython
  run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder])
  run(peersPython, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements])
  writeFileSync(stampFile, stamp)
  return peersPython
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`)
}

if (import.meta.main) console.log(makePeers())
