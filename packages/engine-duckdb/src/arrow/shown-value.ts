const mostLetters = 80

/** Any value at all as a message shows it. */
export function shownValue(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? shorten(JSON.stringify(value)) : String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString()
  if (value instanceof Uint8Array) return `bytes (${value.length})`
  try {
    return shorten(JSON.stringify(value, (_, one: unknown) => plainOf(one)))
  } catch {
    return 'an object'
  }
}

const plainOf = (value: unknown): unknown => {
  if (value instanceof Map) return [...value]
  return typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value
}

const shorten = (text: string): string => (text.length > mostLetters ? `${text.slice(0, mostLetters)}…` : text)
