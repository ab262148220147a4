import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { jsonKeys } from '../../src/files/json-keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'json-keys-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const keysOfText = (text: string): Promise<readonly string[]> => {
  const path = join(folder, 'file.jsonl')
  writeFileSync(path, text)
  return jsonKeys(path)
}

/** The plain way: every line parsed. */
function parsedKeys(text: string): readonly string[] {
  const keys = new Set<string>()
  for (const line of text.split('\n')) {
    try {
      const value: unknown = JSON.parse(line)
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        for (const key of Object.keys(value)) keys.add(key)
    } catch {
      // A bad line has no keys.
    }
  }
  return [...keys]
}

test('keys come in the order of first sight, nested ones are none, and bad lines have none', async () => {
  const text = [
    '{"a": 1, "b": {"inner": [1, {"deep": ","}]}, "c": "x, \\"no\\": 1"}',
    '{"b": 2, "cut": ',
    '["list"]',
    '  { "a" : null , "q\\"uote" : 1 }\r',
    '{"\\u0061": 5, "späť": 6}',
  ].join('\n')
  expect(await keysOfText(text)).toEqual(['a', 'b', 'c', 'q"uote', 'späť'])
})

test('agrees with parsing every line, also when some are cut', async () => {
  const key = fc.constantFrom('a', 'b', 'a b', 'c"d', 'e\\', 'ü', '', 'x,y', '{')
  const object = fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 })
  const line = fc
    .tuple(object, fc.nat(3), fc.nat(60))
    .map(([value, how, cut]) => (how === 0 ? JSON.stringify(value).slice(0, cut) : JSON.stringify(value)))
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
      const text = lines.join('\n')
      expect(new Set(await keysOfText(text))).toEqual(new Set(parsedKeys(text)))
    }),
    { numRuns: 150 },
  )
})
