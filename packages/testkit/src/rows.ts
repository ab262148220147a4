/** A row with its values as text, so that nothing is rounded on the way. */
export type Row = Readonly<Record<string, unknown>>

export function parseRows(text: string): readonly Row[] {
  const rows: unknown = JSON.parse(text)
  if (!Array.isArray(rows)) throw new Error('rows expected')
  return rows as readonly Row[]
}

/** Rows as texts in order, in one spelling for all readers: numbers as text, moments in UTC without zeros at their end. */
export const spelled = (rows: readonly unknown[]): readonly string[] =>
  rows.map((row) => JSON.stringify(plain(row))).toSorted()

function plain(value: unknown): unknown {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && /^-?\d+\.0$/.test(value)) return value.slice(0, -2)
  if (typeof value === 'string' && /^-?\d{4,}-\d\d-\d\dT/.test(value))
    return value
      .replace(/\+00:00$/, 'Z')
      .replace(/(\.\d*?)0+(?=Z?$)/, '$1')
      .replace(/\.(?=Z?$)/, '')
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
}
