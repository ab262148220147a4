import type { ObjectStore } from '@millrace/core'
import { describe, expect, test } from 'vitest'

/** A store and a prefix in it that is empty. */
export type OpenStore = () => Promise<{ readonly store: ObjectStore; readonly prefix: string }>

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (body: Uint8Array): string => new TextDecoder().decode(body)

async function paths(store: ObjectStore, prefix: string): Promise<string[]> {
  const found: string[] = []
  for await (const one of store.list(prefix)) found.push(one.path)
  return found
}

/** What every object store must do. */
export function objectStoreSuite(name: string, open: OpenStore): void {
  describe(`object store: ${name}`, () => {
    writing(open)
    listing(open)
  })
}

function writing(open: OpenStore): void {
  test('gives back what was put, whole or in part', async () => {
    const { store, prefix } = await open()
    await store.put(`${prefix}/a/b.bin`, bytes('0123456789'))
    expect(text(await store.get(`${prefix}/a/b.bin`))).toBe('0123456789')
    expect(text(await store.get(`${prefix}/a/b.bin`, [2, 5]))).toBe('234')
    expect(text(await store.get(`${prefix}/a/b.bin`, [8, 20]))).toBe('89')
  })

  test('never overwrites', async () => {
    const { store, prefix } = await open()
    await store.put(`${prefix}/one`, bytes('first'))
    await expect(store.put(`${prefix}/one`, bytes('second'))).rejects.toThrow('lake/exists')
    expect(await store.create(`${prefix}/one`, bytes('third'))).toBe('exists')
    expect(text(await store.get(`${prefix}/one`))).toBe('first')
  })

  test('lets exactly one of many create the same path, and readers see all of it or nothing', async () => {
    const { store, prefix } = await open()
    const tries = Array.from({ length: 20 }, (_, at) =>
      store.create(`${prefix}/race`, bytes(`winner ${at}`.repeat(1000))),
    )
    const results = await Promise.all(tries)
    expect(results.filter((one) => one === 'created')).toHaveLength(1)
    const winner = results.indexOf('created')
    expect(text(await store.get(`${prefix}/race`))).toBe(`winner ${winner}`.repeat(1000))
  })
}

function listing(open: OpenStore): void {
  test('lists what lies under a prefix, with sizes, and nothing else', async () => {
    const { store, prefix } = await open()
    expect(await paths(store, `${prefix}/t/`)).toEqual([])
    await store.put(`${prefix}/t/x`, bytes('12'))
    await store.put(`${prefix}/t/deep/y`, bytes('345'))
    await store.put(`${prefix}/table/z`, bytes('6'))
    expect((await paths(store, `${prefix}/t/`)).toSorted()).toEqual([`${prefix}/t/deep/y`, `${prefix}/t/x`])
    expect((await paths(store, `${prefix}/t`)).length).toBe(3)
    for await (const one of store.list(`${prefix}/t/deep/`)) expect(one.bytes).toBe(3)
  })

  test('removes what is there and does not mind what is not', async () => {
    const { store, prefix } = await open()
    await store.put(`${prefix}/gone`, bytes('x'))
    await store.remove([`${prefix}/gone`, `${prefix}/never`])
    expect(await paths(store, `${prefix}/`)).toEqual([])
    await expect(store.get(`${prefix}/gone`)).rejects.toThrow('gone')
  })

  test('keeps spaces, percent signs and letters beyond ASCII in names', async () => {
    const { store, prefix } = await open()
    const path = `${prefix}/a b/100%/日本 é.bin`
    await store.put(path, bytes('v'))
    expect(await paths(store, `${prefix}/`)).toEqual([path])
    expect(text(await store.get(path))).toBe('v')
  })

  test('an empty object is an object', async () => {
    const { store, prefix } = await open()
    await store.put(`${prefix}/empty`, new Uint8Array())
    expect((await store.get(`${prefix}/empty`)).length).toBe(0)
  })
}
