/** Stands for a big integer, which JSON has not. */
const bigMark = '$bigint'

/** JSON that reads back as exactly this value, big integers too; null for a value that JSON would change in silence. */
export function toExactJson(value: unknown): string | null {
  const kinds = new Set<Kind>()
  look(value, kinds)
  if (kinds.has('inexact')) return null
  if (!kinds.has('big')) return JSON.stringify(value)
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? { [bigMark]: String(one) } : one))
}

export function fromExactJson(text: string): unknown {
  if (!text.includes(bigMark)) return JSON.parse(text)
  return JSON.parse(text, (_, one: unknown) =>
    typeof one === 'object' && one !== null && bigMark in one ? BigInt(String(one[bigMark])) : one,
  )
}

type Kind = 'big' | 'inexact'

function look(value: unknown, kinds: Set<Kind>): void {
  if (typeof value === 'string' || typeof value === 'boolean' || value === undefined || value === null) return
  if (typeof value === 'bigint') kinds.add('big')
  else if (typeof value === 'number') {
    if (!Number.isFinite(value) || Object.is(value, -0)) kinds.add('inexact')
  } else if (Array.isArray(value)) for (const one of value) look(one, kinds)
  else if (typeof value === 'object') {
    if (bigMark in value || value instanceof Date) kinds.add('inexact')
    for (const one of Object.values(value)) look(one, kinds)
  } else kinds.add('inexact')
}
