// The real command, killed. Whatever the moment: the next run ends well, and the tables hold what plain TypeScript
// computes from the same files. Nothing is lost, nothing lands twice, nobody waits for the dead.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { failpoints } from '@millrace/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Asker } from './support/bench.ts'
import { command, killGroup, start, survivors } from './support/command.ts'
import { removeProjects } from './support/project.ts'
import { randomOf } from './support/random.ts'
import { Shop } from './support/shop.ts'

const kills = 200
/** Every so many kills a run may end, and everything is compared. */
const verifyEvery = 10

let shop: Shop
let asker: Asker
let fullRunMs = 0

beforeAll(async () => {
  shop = new Shop(randomOf(20_261_121))
  shop.drop()
  await recovered()
  shop.drop()
  const started = performance.now()
  await recovered()
  fullRunMs = performance.now() - started
  asker = await Asker.open(shop.root)
})

afterAll(async () => {
  await asker.close()
  removeProjects()
})

async function recovered(): Promise<void> {
  const { code, err } = await command(['run', '--project', shop.root])
  expect(code, err).toBe(0)
}

/** What a run has left, beside its tables. */
async function leftOver(): Promise<object> {
  const { lakehouse } = asker
  const temp = existsSync(lakehouse.paths.temp) ? readdirSync(lakehouse.paths.temp) : []
  return {
    leases: await lakehouse.state.leases(lakehouse.clock.now(), (pid) => existsSync(`/proc/${pid}`)),
    intents: await lakehouse.state.openIntents(),
    running: (await lakehouse.state.runs(1000)).filter((one) => one.status === 'running').map((one) => one.id),
    temp: temp.filter((one) => one.startsWith('run-')),
  }
}

const nothingLeft = { leases: [], intents: [], running: [], temp: [] }

describe('killed at a named point', () => {
  // At least three commits: raw.orders, silver.orders, gold.totals, and rejects where there are any.
  const later = ['task.staged:3', 'task.checked:2', 'list:after:3', 'metadata:before:3', 'publish:inside:3']
  test.each([...failpoints, ...later])('at %s, the next run completes the work', async (point) => {
    shop.drop()
    const killed = start(['run', '--project', shop.root], { MILLRACE_FAILPOINT: point })
    expect((await killed.ended).signal).toBe('SIGKILL')
    expect(await survivors(killed.group)).toEqual([])
    await recovered()
    expect(await shop.shown(asker)).toEqual(shop.expected())
    expect(await leftOver()).toEqual(nothingLeft)
  })
})

describe('killed at any moment', () => {
  test(`${kills} times, with a comparison after every ${verifyEvery}`, async () => {
    const random = randomOf(7)
    const counts = { killed: 0, ended: 0 }
    while (counts.killed < kills) {
      if (random() < 0.5) shop.drop()
      const victim = start(['run', '--project', shop.root])
      const wholeGroup = random() < 0.5
      await Promise.race([victim.ended, delay(random() * fullRunMs)])
      if (victim.child.exitCode === null) {
        if (wholeGroup) killGroup(victim.group, 'SIGKILL')
        else victim.child.kill('SIGKILL')
      }
      const { signal } = await victim.ended
      counts[signal === 'SIGKILL' ? 'killed' : 'ended'] += 1
      expect(await survivors(victim.group)).toEqual([])
      if (signal !== 'SIGKILL' || counts.killed % verifyEvery > 0) continue
      await recovered()
      expect(await shop.shown(asker)).toEqual(shop.expected())
      expect(await leftOver()).toEqual(nothingLeft)
    }
    expect(counts.killed).toBe(kills)
  }, 600_000)
})

test('no file that a table shows is missing from the disk', async () => {
  for (const table of ['raw.orders', 'silver.orders', 'gold.totals']) {
    const files = await asker.files(table)
    expect(files.length).toBeGreaterThan(0)
    expect(files.filter((path) => !existsSync(join(path)))).toEqual([])
  }
})
