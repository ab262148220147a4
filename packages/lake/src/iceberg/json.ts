/*
 * JSON without losing digits: snapshot ids use 63 bits, which a double does not hold.
 *
 * These keys are bigints in memory, whatever their size. A table of a thousand snapshots is parsed at every commit, and a
 * reviver or replacer that is called for every value makes that five times slower; so ids are put in quotes before
 * parsing, and only the objects that may hold one are walked.
 */
const idKeys = ['snapshot-id', 'parent-snapshot-id', 'current-snapshot-id', 'source-snapshot-id'] as const
const isIdKey = new Set<string>(idKeys)

/** Inside of a JSON string the closing quote would have a backslash, so that texts that hold JSON are left alone. */
const idPattern = new RegExp(`("(?:${idKeys.join('|')})"\\s*:\\s*)(-?\\d+)`, 'g')
const otherBigInteger = /[:[,\s]-?\d{16,}\s*[,}\]]/

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

export function parseJson(text: string): unknown {
  const quoted = text.replace(idPattern, '$1"$2"')
  return otherBigInteger.test(quoted) ? parseExactly(text) : idsIn(JSON.parse(quoted))
}

/** For the rare text with another integer that a double would round. */
function parseExactly(text: string): unknown {
  const revive: Reviver = (key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined || !/^-?\d+$/.test(source)) return value
    return isIdKey.has(key) || !Number.isSafeInteger(value) ? BigInt(source) : value
  }
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown)
}

/** Turns quoted ids into bigints, in place: the value has just been parsed and nobody else has it. */
function idsIn(value: unknown): unknown {
  if (Array.isArray(value)) value.forEach(idsIn)
  else if (typeof value === 'object' && value !== null) reviveIds(value as Record<string, unknown>)
  return value
}

function reviveIds(object: Record<string, unknown>): void {
  for (const key in object) {
    const inside = object[key]
    if (typeof inside === 'string' && isIdKey.has(key)) object[key] = BigInt(inside)
    else if (typeof inside === 'object' && !isTextual(key)) idsIn(inside)
  }
}

/** Objects that hold nothing but text, and most of a large file. */
const isTextual = (key: string): boolean => key === 'summary' || key === 'properties'

/** Prints JSON with bigints as plain integers. */
export function printJson(value: unknown): string {
  return JSON.stringify(printable(value))
}

function printable(value: unknown): unknown {
  if (typeof value === 'bigint') return rawJson(String(value))
  if (Array.isArray(value)) return value.map(printable)
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [key, inside] of Object.entries(value)) copy[key] = printable(inside)
  return copy
}

// In every Node that Millrace runs on; the types of es2024 do not know it yet.
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown }
