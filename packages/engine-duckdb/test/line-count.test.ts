import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countLines } from '../src/land/line-count.ts'
import { physicalLines } from '../src/land/physical-lines.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-lines-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r\n', 'ä', '\u008a'), maxLength: 60 })

test('lines are those that splitting the text gives', async () => {
  const path = join(folder, 'a')
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      writeFileSync(path, content)
      const all = content.split('\n')
      if (all.at(-1) === '') all.pop()
      const sizes = all.map((line) => Buffer.byteLength(line))
      const filled = all.filter((line) => line !== '' && line !== '\r').length
      expect(await countLines(path, { blank: false })).toEqual({ lines: filled, longest: Math.max(0, ...sizes) })
      expect((await countLines(path, { blank: true })).lines).toBe(all.length)
    }),
  )
})

test('each offset has the line that holds it', async () => {
  const path = join(folder, 'b')
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(80)), async (content, places) => {
      writeFileSync(path, content)
      const bytes = Buffer.from(content)
      const offsets = [...new Set(places)].filter((at) => at < bytes.length).toSorted((a, b) => a - b)
      const expected = offsets.map((at): [number, number] => [
        at,
        bytes.subarray(0, at).toString('latin1').split('\n').length,
      ])
      expect([...(await physicalLines(path, offsets))]).toEqual(expected)
    }),
  )
})
