import { formerNames, type RawScan } from '@millrace/core'
import { token, unquoted } from './exact-json.ts'

/** The names of columns by what they are without case, and by those that they had before. */
export type Folded = ReadonlyMap<string, string>

export const foldedNames = (columns: RawScan['columns']): Folded =>
  new Map([...formerNames(columns), ...Object.keys(columns).map((name) => [name.toLowerCase(), name] as const)])

/** The column that a key means although it is written otherwise, as `ID` means `id`, or a name from before a rename; null where it is written so, or means none. */
export function meantColumn(key: string, names: Folded): string | null {
  const name = names.get(key.toLowerCase())
  return name === undefined || name === key ? null : name
}

/** The text of a JSON object with its own keys as the columns are written; null where they are. */
export function withDeclaredKeys(json: string, names: Folded): string | null {
  const out: string[] = []
  let [depth, before, changed] = [0, -1, false]
  for (const [text] of json.matchAll(token)) {
    if (depth === 1 && text === ':') {
      const name = meantColumn(unquoted(out[before] ?? ''), names)
      if (name !== null) out[before] = JSON.stringify(name)
      changed ||= name !== null
    }
    if (text === '{' || text === '[') depth++
    else if (text === '}' || text === ']') depth--
    if (text.trim() !== '') before = out.length
    out.push(text)
  }
  return changed ? out.join('') : null
}
