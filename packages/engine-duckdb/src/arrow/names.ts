type Row = Readonly<Record<string, unknown>>

/** A key of a row or of a struct whose value would be lost. */
export class KeyError extends Error {
  readonly key: string
  readonly problem: string

  constructor(key: string, problem: string) {
    super(`has the key ${JSON.stringify(key)}, ${problem}`)
    this.key = key
    this.problem = problem
  }
}

/** Finds values under the names that they belong to, whatever the case of their keys. */
export function underNames(names: readonly string[], what: 'column' | 'field'): (row: Row) => Row {
  const exact = new Set(names)
  const byFolded = new Map(names.map((name) => [name.toLowerCase(), name]))
  return (row) => {
    const keys = Object.keys(row)
    if (keys.every((key) => exact.has(key))) return row
    const found = new Map<string, unknown>()
    for (const key of keys) {
      if (row[key] === undefined) continue
      const name = byFolded.get(key.toLowerCase())
      if (name === undefined) throw new KeyError(key, `which no ${what} has`)
      if (found.has(name)) throw new KeyError(key, 'which it has in another case, too')
      found.set(name, row[key])
    }
    return Object.fromEntries(found)
  }
}
