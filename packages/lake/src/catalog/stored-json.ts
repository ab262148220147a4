/** Values that JSON has no form for; the key cannot be a field of ours. */
interface Tagged {
  readonly $bigint: string
}

const isTagged = (value: unknown): value is Tagged =>
  typeof value === 'object' && value !== null && '$bigint' in value && typeof value.$bigint === 'string'

/** Prints a value for a column of the catalog; bigints survive. */
export function printStored(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? { $bigint: String(one) } : one))
}

/** Reads what `printStored` wrote. The type is the caller's knowledge of the column. */
// eslint-disable-next-line typescript/no-unnecessary-type-parameters -- the edge of a parser
export function parseStored<T>(text: string): T {
  return JSON.parse(text, (_key, one: unknown) => (isTagged(one) ? BigInt(one.$bigint) : one)) as T
}
