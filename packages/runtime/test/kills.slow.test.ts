// The real command, killed. Whatever the moment: the next run ends well, and the tables hold what plain TypeScript
// computes from the same files. Nothing is lost, nothing lands twice, nobody waits for the dead.
import { existsSync, readdirSync } from 'node:fs'
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

/** Two shops, each in its folder, side by side: starting processes is most of the time. */
const lanes = 2

interface Lane {
  readonly shop: Shop
  readonly asker: Asker
}

const free: Lane[] = []
const waiting: ((lane: Lane) => void)[] = []
let fullRunMs = 0

beforeAll(async () => {
  for (let i = 0; i < lanes; i++) {
    const shop = new Shop(randomOf(20_261_121 + i))
    shop.drop()
    await recovered(shop)
    shop.drop()
    const started = performance.now()
    await recovered(shop)
    fullRunMs = Math.max(fullRunMs, performance.now() - started)
    free.push({ shop, asker: await Asker.open(shop.root) })
  }
})

afterAll(async () => {
  for (const { asker } of free) await asker.close()
  removeProjects()
})

/** Works in a shop that nobody else works in. */
async function inLane(work: (lane: Lane) => Promise<void>): Promise<void> {
  const lane = free.pop() ?? (await new Promise<Lane>((resolve) => waiting.push(resolve)))
  try {
    await work(lane)
  } finally {
    const next = waiting.shift()
    if (next === undefined) free.push(lane)
    else next(lane)
  }
}

async function recovered(shop: Shop): Promise<void> {
  const { code, err } = await command(['run', '--project', shop.root])
  expect(code, err).toBe(0)
}

/** What a run has left, beside its tables. */
async function leftOver({ lakehouse }: Asker): Promise<object> {
  const temp = existsSync(lakehouse.paths.temp) ? readdirSync(lakehouse.paths.temp) : []
  return {
    leases: await lakehouse.state.leases(lakehouse.clock.now(), (pid) => existsSync(`/proc/${pid}`)),
    intents: await lakehouse.state.openIntents(() => false),
    running: (await lakehouse.state.runs(1000)).filter((one) => one.status === 'running').map((one) => one.id),
    temp: temp.filter((one) => one.startsWith('run-')),
  }
}

const nothingLeft = { leases: [], intents: [], running: [], temp: [] }

/** A run to its end; then the tables are the oracle's, and nothing lies about. */
async function verified({ shop, asker }: Lane): Promise<void> {
  await recovered(shop)
  expect(await shop.shown(asker)).toEqual(shop.expected())
  expect(await leftOver(asker)).toEqual(nothingLeft)
}

describe.concurrent('killed at a named point', () => {
  // Eight tables at least, and rejects where there are any.
  const later = ['task.staged:3', 'task.checked:5', 'list:after:6', 'metadata:before:7', 'publish:inside:8']
  test.each([...failpoints, ...later])('at %s, the next run completes the work', async (point) => {
    await inLane(async (lane) => {
      lane.shop.drop()
      const killed = start(['run', '--project', lane.shop.root], { MILLRACE_FAILPOINT: point })
      expect((await killed.ended).signal).toBe('SIGKILL')
      expect(await survivors(killed.group)).toEqual([])
      await verified(lane)
    })
  })
})

/** Starts a run and kills it at some moment, with or without its workers; false: it ended before. */
async function killedSomewhen({ shop }: Lane, random: () => number): Promise<boolean> {
  const victim = start(['run', '--project', shop.root])
  await Promise.race([victim.ended, delay(random() * fullRunMs)])
  if (victim.child.exitCode === null) {
    if (random() < 0.5) killGroup(victim.group, 'SIGKILL')
    else victim.child.kill('SIGKILL')
  }
  const { signal } = await victim.ended
  // The workers of a killed run end by themselves.
  expect(await survivors(victim.group)).toEqual([])
  return signal === 'SIGKILL'
}

describe('killed at any moment', () => {
  test(`${kills} times, with a comparison after every ${verifyEvery}`, async () => {
    const counts = await Promise.all(
      Array.from({ length: lanes }, async (_, i) => {
        const random = randomOf(7 + i)
        let killed = 0
        await inLane(async (lane) => {
          while (killed < kills / lanes) {
            if (random() < 0.5) lane.shop.drop()
            if (!(await killedSomewhen(lane, random))) continue
            killed += 1
            if (killed % verifyEvery === 0) await verified(lane)
          }
        })
        return killed
      }),
    )
    expect(counts.reduce((sum, one) => sum + one, 0)).toBe(kills)
  }, 600_000)
})

test('no file that a table shows is missing from the disk', async () => {
  await inLane(async ({ asker, shop }) => {
    for (const table of Object.keys(shop.expected()).filter((name) => !name.endsWith('__rejects'))) {
      const files = await asker.files(table)
      expect(files.length).toBeGreaterThan(0)
      expect(files.filter((path) => !existsSync(path))).toEqual([])
    }
  })
})
