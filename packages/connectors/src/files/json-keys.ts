import { createInterface } from 'node:readline'
import { contentOf } from './content.ts'

/** Every top-level key of a file of JSON lines, in the order of first sight; bad lines have none. */
export async function jsonKeys(path: string): Promise<readonly string[]> {
  const keys = new Set<string>()
  const lines = createInterface({ input: contentOf(path), crlfDelay: Infinity })
  for await (const line of lines) for (const key of keysOf(line)) keys.add(key)
  return [...keys]
}

function keysOf(line: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
  } catch {
    return []
  }
}
