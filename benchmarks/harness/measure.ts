import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from './benchmark.ts'

/** One repetition of one contestant. */
export interface Repetition {
  readonly seconds: number
  /** From the start of the process to its end; more than `seconds` where the contestant took the time itself. */
  readonly wallSeconds: number
  /** Of the whole tree of processes, together; pages that processes share count for each. */
  readonly peakMb: number
  /** The highest of each kind of process by itself. */
  readonly processes: Readonly<Record<string, number>>
  /** What else the contestant said. */
  readonly said: Readonly<Record<string, unknown>>
}

const sampleMs = 20
const pageBytes = 4096
const megabyte = 1 << 20

/** Runs a command to its end while its memory is sampled. */
export async function measure(command: Command, cwd: string): Promise<Repetition> {
  const started = performance.now()
  const child = spawn(command.file, command.args, {
    cwd,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, errors] = ['', '']
  child.stdout.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()))
  const over = { now: false }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  }).finally(() => (over.now = true))
  const memory = sampleTree(child.pid ?? 0, over)
  const code = await ended
  const wallSeconds = (performance.now() - started) / 1000
  if (code !== 0) {
    throw new Error(`${command.file} ${command.args.join(' ')} ended with ${code}\n${`${out}${errors}`.slice(-2000)}`)
  }
  const { seconds = wallSeconds, ...said } = lastObject(out)
  return { seconds: Number(seconds), wallSeconds, ...(await memory), said }
}

function lastObject(out: string): Readonly<Record<string, unknown>> {
  const line = out.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{"seconds"')) return {}
  return JSON.parse(line) as Readonly<Record<string, unknown>>
}

/** Samples until the process is over. Where there is no /proc, nothing is known. */
async function sampleTree(
  root: number,
  over: { readonly now: boolean },
): Promise<{ readonly peakMb: number; readonly processes: Readonly<Record<string, number>> }> {
  const processes: Record<string, number> = {}
  const names = new Map<number, string>()
  let peak = 0
  while (!over.now) {
    let sum = 0
    for (const pid of treeOf(root)) {
      const bytes = residentBytes(pid)
      sum += bytes
      // A process that was just forked still bears its parent's name, so the name is read again while it is young.
      if (bytes > 0 && (names.get(pid) ?? '?') === '?') names.set(pid, nameOf(pid))
      const name = names.get(pid) ?? '?'
      processes[name] = Math.max(processes[name] ?? 0, Math.round(bytes / megabyte))
    }
    peak = Math.max(peak, sum)
    await delay(sampleMs)
  }
  return { peakMb: Math.round(peak / megabyte), processes }
}

function treeOf(pid: number): readonly number[] {
  const found = [pid]
  for (const one of found) {
    const tasks = orElse(() => readdirSync(`/proc/${one}/task`), [])
    for (const task of tasks) {
      const children = orElse(() => readFileSync(`/proc/${one}/task/${task}/children`, 'utf8'), '')
      found.push(...children.split(' ').filter(Boolean).map(Number))
    }
  }
  return found
}

const residentBytes = (pid: number): number =>
  Number(orElse(() => readFileSync(`/proc/${pid}/statm`, 'utf8'), '').split(' ')[1] ?? 0) * pageBytes

/** A process of Node by its script, any other by its program. */
function nameOf(pid: number): string {
  const words = orElse(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'), '').split('\0')
  const script = words.slice(1).find((word) => /\.(?:ts|js|cjs|py)$/.test(word))
  if (script === undefined) return basename(words[0] ?? '') || '?'
  const parts = script.split('/')
  return parts.at(-1) === 'worker.ts' ? parts.slice(-3).join('/') : (parts.at(-1) ?? '?')
}

/** A process may end while it is looked at. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
