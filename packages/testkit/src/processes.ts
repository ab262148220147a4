import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

interface Running {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** The processes that a process started and that still run, of those whose command line has these words. */
export function childrenOf(parent: number | undefined, words: string): readonly number[] {
  const all = existsSync('/proc/self/stat') ? listed() : told()
  return all.filter((one) => one.parent === parent && one.command.includes(words)).map(({ pid }) => pid)
}

function listed(): readonly Running[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      if (state === 'Z') return []
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return [{ pid: Number(pid), parent: Number(parent), command }]
    } catch {
      // It ended while we looked.
      return []
    }
  })
}

function told(): readonly Running[] {
  return execFileSync('ps', ['-axo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+[^Z\s]\S*\s+(.*)$/.exec(line) ?? []
      return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
    })
}
