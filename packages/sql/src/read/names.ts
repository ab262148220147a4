import { nearest, type TableName } from '@millrace/core'
import type { Reference } from '../ast/outline.ts'
import type { Finding } from '../finding.ts'

/** Every table that a select may name. Names are compared without case and written as given. */
export class TableNames {
  readonly #byFold = new Map<string, TableName>()
  readonly #layers = new Set<string>()
  readonly #clashes = new Map<TableName, TableName>()

  constructor(names: Iterable<TableName>) {
    for (const name of names) {
      this.#layers.add(name.slice(0, name.indexOf('.')).toLowerCase())
      const before = this.#byFold.get(name.toLowerCase())
      if (before === undefined) this.#byFold.set(name.toLowerCase(), name)
      else if (before !== name) this.#clashes.set(name, before)
    }
  }

  find(name: string): TableName | null {
    return this.#byFold.get(name.toLowerCase()) ?? null
  }

  /** In lower case. */
  get layers(): Iterable<string> {
    return this.#layers
  }

  /** The name that came before and differs only in case. */
  clashOf(name: TableName): TableName | null {
    return this.#clashes.get(name) ?? null
  }

  /** Right names for a wrong one: its last part in any layer first, then whatever is spelled alike. */
  near(name: string): readonly string[] {
    const last = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
    const all = [...this.#byFold.values()]
    const sameLast = all.filter((one) => one.slice(one.indexOf('.') + 1).toLowerCase() === last)
    return [...new Set([...sameLast, ...nearest(name, all)])].slice(0, 4)
  }
}

export interface Resolved {
  /** In the order of their names, so that it is no matter who found them. */
  readonly reads: readonly TableName[]
  readonly findings: readonly Finding[]
}

/** What a model's references stand for. */
export function resolve(references: readonly Reference[], self: TableName | null, names: TableNames): Resolved {
  const reads = new Set<TableName>()
  const findings: Finding[] = []
  for (const reference of references) {
    const written = [reference.catalog, reference.schema, reference.table].filter((part) => part !== '').join('.')
    const found = reference.catalog === '' && reference.schema !== '' ? names.find(written) : null
    if (found === null) findings.push(unknownTable(reference, written, names))
    else if (found === self) findings.push({ code: 'sql/self-reference', params: { table: found }, at: reference.at })
    else reads.add(found)
  }
  return { reads: [...reads].toSorted(), findings }
}

function unknownTable(reference: Reference, written: string, names: TableNames): Finding {
  if (reference.schema === '' && /[/.*]/.test(reference.table)) {
    return { code: 'sql/file-read', params: { name: `'${reference.table}'` }, at: reference.at }
  }
  return { code: 'sql/unknown-table', params: { name: written }, at: reference.at, candidates: names.near(written) }
}
