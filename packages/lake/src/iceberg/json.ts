/** Snapshot ids use 63 bits, which a double does not hold: these keys are bigints in memory, whatever their size. */
const idKeys = new Set(['snapshot-id', 'parent-snapshot-id', 'current-snapshot-id', 'source-snapshot-id'])

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

/** Parses JSON without losing digits: ids become bigints, and so does every other integer that a double would round. */
export function parseJson(text: string): unknown {
  const revive: Reviver = (key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined) return value
    if (idKeys.has(key) || (Number.isInteger(value) && !Number.isSafeInteger(value))) return exact(source, value)
    return value
  }
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown)
}

const exact = (source: string, value: number): bigint | number => (/^-?\d+$/.test(source) ? BigInt(source) : value)

/** Prints JSON with bigints as plain integers. */
export function printJson(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? rawJson(String(one)) : one))
}

// In every Node that Millrace runs on; the types of es2024 do not know it yet.
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown }
