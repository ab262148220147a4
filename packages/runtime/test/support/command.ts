import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { main } from '../../../cli/test/command.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly out: string
  readonly err: string
}

export interface Started {
  readonly child: ChildProcess
  /** The process and all that it started, as one group. */
  readonly group: number
  readonly ended: Promise<Ended>
}

/** Starts the real command as the leader of a process group of its own. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [main, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const texts = { out: '', err: '' }
  child.stdout.on('data', (text: Buffer) => (texts.out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (texts.err += text.toString()))
  const ended = new Promise<Ended>((resolve) => {
    // Not "close": orphans hold the pipes, and whether they end is what is tested.
    child.on('exit', (code, signal) => setImmediate(() => resolve({ code, signal, ...texts })))
  })
  return { child, group: child.pid ?? 0, ended }
}

export async function command(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return await start(args, env).ended
}

export function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The command lines of a group's living processes. */
export function alive(group: number): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [state, , pgrp] = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')
        if (Number(pgrp) !== group || state === 'Z') return []
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`]
      } catch {
        // It ended while we looked.
        return []
      }
    })
}

/** Waits until no process of a group lives; answers those that still do after a long while. */
export async function survivors(group: number, waitMs = 10_000): Promise<readonly string[]> {
  const until = Date.now() + waitMs
  for (;;) {
    const left = alive(group)
    if (left.length === 0 || Date.now() > until) return left
    await delay(10)
  }
}
