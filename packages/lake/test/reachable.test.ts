// Files of many versions of a table: what one walk has told, the next one leaves out, and nothing else.
import { renameSync } from 'node:fs'
import type { TableName, TableRef } from '@millrace/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendIn } from './support/environments.ts'
import { headOf, instant, type Lake, openLake } from './support/lake.ts'

let lake: Lake
beforeAll(async () => {
  lake = await openLake()
})
afterAll(() => lake.catalog.close())

async function versions(table: TableName, count: number): Promise<readonly TableRef[]> {
  const refs: TableRef[] = []
  for (let id = 1; id <= count; id++) {
    await appendIn(lake, 'prod', table, id, { at: instant(id * 1000) })
    refs.push(await headOf(lake, table))
  }
  return refs
}

async function files(ref: TableRef | undefined, told?: Set<string>): Promise<readonly string[]> {
  if (ref === undefined) throw new Error('no version')
  const found: string[] = []
  for await (const path of lake.format.reachable([ref], told)) found.push(path)
  return found
}

test('lists that were told are not told again, whatever the order of the versions', async () => {
  const refs = await versions('raw.told', 4)
  const alone = new Set((await Promise.all(refs.map((ref) => files(ref)))).flat())
  for (const order of [refs, refs.toReversed()]) {
    const told = new Set<string>()
    const each: (readonly string[])[] = []
    for (const ref of order) each.push(await files(ref, told))
    expect(new Set(each.flat())).toEqual(alone)
    const lists = each.flat().filter((path) => path.includes('/snap-'))
    expect(lists.length).toBe(new Set(lists).size)
  }
})

test('a walk that failed half way has not told what it was at', async () => {
  const [older, newer] = await versions('raw.damaged', 2)
  const told = new Set<string>()
  const all = await files(newer)
  const list = (await files(older)).find((path) => path.includes('/snap-')) ?? ''
  renameSync(list, `${list}.away`)
  await expect(files(older, told)).rejects.toThrow('lake/corrupt')
  await expect(files(newer, told)).rejects.toThrow('lake/corrupt')
  renameSync(`${list}.away`, list)
  expect(new Set(await files(newer, told))).toEqual(new Set(all))
})
