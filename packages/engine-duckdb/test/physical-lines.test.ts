import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { physicalLines } from '../src/land/physical-lines.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-lines-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r\n', 'ä', '\u008a'), maxLength: 60 })

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
