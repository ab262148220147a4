/** A row with its values as text, so that nothing is rounded on the way. */
export type Row = Readonly<Record<string, unknown>>

export function parseRows(text: string): readonly Row[] {
  const rows: unknown = JSON.parse(text)
  if (!Array.isArray(rows)) throw new Error('rows expected')
  return rows as readonly Row[]
}
