import { expect, test } from 'vitest'
import { Turns } from '../src/turns.ts'

/** Work that notes when it begins and ends, and ends when it is told to. */
function controlled(turns: Turns, log: string[]) {
  return (name: string, alone = false) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const done = turns.run({ alone }, async () => {
      log.push(`${name} begins`)
      await promise.finally(() => log.push(`${name} ends`))
      return name
    })
    done.catch(() => {})
    return { done, end: resolve, fail: () => reject(new Error(name)) }
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

test('as many run side by side as may, and the others follow in order', async () => {
  const log: string[] = []
  const begin = controlled(new Turns(2), log)
  const [a, b, c, d] = [begin('a'), begin('b'), begin('c'), begin('d')]
  await settle()
  expect(log).toEqual(['a begins', 'b begins'])
  b.end()
  await settle()
  expect(log).toEqual(['a begins', 'b begins', 'b ends', 'c begins'])
  for (const one of [a, c, d]) one.end()
  expect(await Promise.all([a, b, c, d].map((one) => one.done))).toEqual(['a', 'b', 'c', 'd'])
})

test('what is alone waits for those before it, and those after wait for it', async () => {
  const log: string[] = []
  const begin = controlled(new Turns(2), log)
  const [a, alone, b] = [begin('a'), begin('alone', true), begin('b')]
  await settle()
  expect(log).toEqual(['a begins'])
  a.end()
  await settle()
  expect(log).toEqual(['a begins', 'a ends', 'alone begins'])
  alone.end()
  await settle()
  expect(log.at(-1)).toBe('b begins')
  b.end()
  await b.done
})

test('work that fails gives its place up', async () => {
  const log: string[] = []
  const begin = controlled(new Turns(1), log)
  const [a, alone, b] = [begin('a'), begin('alone', true), begin('b')]
  a.fail()
  alone.fail()
  b.end()
  await expect(a.done).rejects.toThrow('a')
  await expect(alone.done).rejects.toThrow('alone')
  expect(await b.done).toBe('b')
})
