import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { Fixtures } from './binding.ts'
import { changes } from './fixtures/changes.ts'
import { narrow } from './fixtures/only.ts'
import { cautious, rewrites } from './fixtures/rewrites.ts'

const fixtures = await Fixtures.open()

async function hashes(sql: string): Promise<readonly string[]> {
  const facts = await fixtures.sound(sql)
  return [facts.rows, ...facts.hashes]
}

test.each(rewrites)('another spelling changes no hash: %s', async (_name, first, second) => {
  expect(await hashes(second)).toEqual(await hashes(first))
})

test.each(changes)('another meaning changes a hash: %s', async (_name, first, second) => {
  expect(await hashes(second)).not.toEqual(await hashes(first))
})

test.each(cautious)('what is equal only to a thinker may differ: %s', async (_name, first, second) => {
  expect(await hashes(second)).not.toEqual(await hashes(first))
})

test.each(narrow)('only what changed changes: %s', async (_name, first, second, want) => {
  const [before, after] = [await hashes(first), await hashes(second)]
  const flags = before.map((hash, i) => (hash === after[i] ? 0 : 1))
  expect(`rows ${flags[0]} ${flags.slice(1).join('')}`).toBe(want)
})

test('a hash is the same in every session and names its inputs by table and column', async () => {
  const again = await Fixtures.open()
  const sql = 'select qty, sum(fee) as fees from sale group by qty'
  expect((await again.sound(sql)).hashes).toEqual((await fixtures.sound(sql)).hashes)
})

test('a hash is the same wherever the machine stands', async () => {
  const sql =
    "select timestamptz '2026-07-01 00:00:00' as moment, ts::timestamptz as at from tick where ts > '2026-07-01'::timestamptz"
  const script = `
    const { Fixtures } = await import(${JSON.stringify(import.meta.resolve('./binding.ts'))})
    const { rows, hashes } = await (await Fixtures.open()).sound(${JSON.stringify(sql)})
    console.log(JSON.stringify([rows, ...hashes]))`
  const env = { ...process.env, TZ: 'Europe/Vienna' }
  const there = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8', env })
  expect(JSON.parse(there)).toEqual(await hashes(sql))
})
