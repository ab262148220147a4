import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { fromExactJson, toExactJson } from '../src/kept/exact-json.ts'
import { readKept, writeKept } from '../src/kept/kept-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-kept-'))
afterAll(() => rmSync(folder, { recursive: true }))

const records = ['{"id":"ä"}\n', '{"id":"b","sql":"select 1"}\n', '{}\n'].map((text) => Buffer.from(text))

function textsIn(path: string): readonly string[] | null {
  const kept = readKept<{ readonly name: string }>(path)
  if (kept === null) return null
  return [kept.head.name, ...Array.from({ length: kept.count }, (_, place) => kept.record(place).toString())]
}

const whole = ['shop', ...records.map(String)]

describe('a kept file', () => {
  test('reads back, record by record, and leaves nothing beside it', async () => {
    const path = join(folder, 'back/graph')
    await writeKept(path, { name: 'shop' }, records)
    expect(textsIn(path)).toEqual(whole)
    expect(readdirSync(join(folder, 'back'))).toEqual(['graph'])
  })

  test('that is not there, is cut anywhere, has another byte anywhere or more at its end counts as absent', async () => {
    const path = join(folder, 'torn')
    expect(textsIn(path)).toBeNull()
    await writeKept(path, { name: 'shop' }, records)
    const bytes = readFileSync(path)
    const torn = (made: Buffer): unknown => {
      writeFileSync(path, made)
      return textsIn(path)
    }
    for (let at = 0; at < bytes.length; at++) {
      const other = Buffer.from(bytes)
      other[at] = (other[at] ?? 0) ^ 1
      expect([at, torn(bytes.subarray(0, at)), torn(other)]).toEqual([at, null, null])
    }
    expect(torn(Buffer.concat([bytes, Buffer.from('\n')]))).toBeNull()
    expect(torn(bytes)).toEqual(whole)
  })

  test('of another format, or another program, counts as absent', async () => {
    const path = join(folder, 'older')
    await writeKept(path, { name: 'shop' }, records)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(/^millrace graph \d+/, 'millrace graph 0'))
    expect(textsIn(path)).toBeNull()
    writeFileSync(path, '{"nodes":[]}\n'.repeat(100))
    expect(textsIn(path)).toBeNull()
  })

  test('that many write at once is one of theirs, whole', async () => {
    const path = join(folder, 'many/graph')
    const names = Array.from({ length: 20 }, (_, i) => `shop ${i}`)
    await Promise.all(names.map((name) => writeKept(path, { name }, records)))
    const [name, ...rest] = textsIn(path) ?? []
    expect(names).toContain(name)
    expect(rest).toEqual(records.map(String))
    expect(readdirSync(join(folder, 'many'))).toEqual(['graph'])
  })

  test('on a disk that takes nothing fails nobody', async () => {
    writeFileSync(join(folder, 'file'), '')
    const path = join(folder, 'file/graph')
    await writeKept(path, { name: 'shop' }, records)
    expect(textsIn(path)).toBeNull()
  })

  test('takes away what a process left that died while it wrote, and nothing of the living', async () => {
    const path = join(folder, 'left/graph')
    await writeKept(path, { name: 'shop' }, records)
    // No process has a number as high as this.
    writeFileSync(`${path}.99999999.1`, 'half')
    writeFileSync(`${path}.${process.ppid}.7`, 'half')
    await writeKept(path, { name: 'shop' }, records)
    expect(readdirSync(join(folder, 'left')).toSorted()).toEqual(['graph', `graph.${process.ppid}.7`])
  })
})

describe('exact JSON', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => (Object.is(one, -0) ? 0 : one)),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt(),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('any'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).any

  test('reads back as the same value', () => {
    fc.assert(
      fc.property(value, (one) => {
        expect(fromExactJson(toExactJson(one) ?? '')).toEqual(one)
      }),
      { numRuns: 300 },
    )
  })

  test.each([NaN, Infinity, -0, new Date(0), { $bigint: '1' }, [() => 1]])('refuses %s', (one) => {
    expect(toExactJson({ in: one })).toBeNull()
  })
})
