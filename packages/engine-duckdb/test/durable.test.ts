// What the disk refuses to keep must be told: a file that only seems to be there would be lost in the next power cut. A named
// pipe stands for such a file: it opens like any other, and the system refuses to flush it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { flushAlong, makeDurable } from '../src/write/durable.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-durable-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string): string => {
  writeFileSync(join(folder, name), 'rows')
  return join(folder, name)
}

const unflushable = (name: string): string => {
  execFileSync('mkfifo', [join(folder, name)])
  return join(folder, name)
}

/** Longer than the pause between two rounds. */
const aRound = (): Promise<void> => delay(900)

test('files and their folder are flushed at the end', async () => {
  await expect(makeDurable(folder, [file('a_1'), file('a_2')])).resolves.toBeUndefined()
})

// Windows has no pipes among its files.
describe.skipIf(process.platform === 'win32')('what cannot be flushed', () => {
  test('a file that cannot be flushed fails the write', async () => {
    await expect(makeDurable(folder, [file('a_1'), unflushable('a_2')])).rejects.toMatchObject({ syscall: 'fsync' })
  })

  test('so does one whose flush failed while it was still written, although the system tells of it only then', async () => {
    const path = unflushable('a_1')
    const stop = flushAlong(folder, 'a')
    await aRound()
    rmSync(path)
    file('a_1')
    await expect(stop()).rejects.toMatchObject({ syscall: 'fsync' })
  })

  test('files of others, and one that is gone by the time it is looked at, are nothing to it', async () => {
    unflushable('b_1')
    const path = file('a_1')
    const stop = flushAlong(folder, 'a')
    rmSync(path)
    await aRound()
    await expect(stop()).resolves.toBeUndefined()
  })
})
