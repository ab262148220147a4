// What the letters of a text tell, so that most models need no tree of syntax: which tables it may read, and that it breaks
// no rule. Both are checked once the text is bound, and every doubt has the tree looked at after all (`graph-reading.ts`).
import type { TableName } from '@millrace/core'
import { ambientFunctions } from '../ast/ambient.ts'
import { orderedAggregates } from '../ast/row-order.ts'
import { allowedTableFunctions } from '../ast/table-functions.ts'
import type { BoundFacts } from '../facts.ts'
import { wordSet } from '../text/words.ts'
import type { TableNames } from './names.ts'

/** Without one of these no rule over the tree can be broken; in a string, a comment or a name they cost a look at the tree. */
const words = [
  ...ambientFunctions.keys(),
  ...orderedAggregates,
  ...allowedTableFunctions,
  ...wordSet(`age over array limit fetch offset sample tablesample positional pivot unpivot describe show summarize
    query query_table histogram histogram_values`),
]

/**
 * Signs: parameters, a column by its number, a second statement, NUL. `distinct` is fine before a column, and nowhere else;
 * the last are DuckDB's own catalogs, by which a table must not be named.
 */
const risky = new RegExp(
  [
    String.raw`[$?#\0]|;(?!\s*$)`,
    String.raw`\b(?:${words.join('|')})\b`,
    String.raw`\bdistinct\b(?!\s+(?!on\b)[\w"]|\s*\()`,
    String.raw`\b(?:memory|system|temp)"?\s*(?:\.|--|\/)`,
  ].join('|'),
  'i',
)

/** Whether only names have to be right in this text: nothing in it could break a rule. */
export const isPlain = (text: string): boolean => !risky.test(text)

const name = String.raw`(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*|"(?:[^"]|"")*")`

/** Finds the tables whose names stand in a text. */
export class TableFinder {
  readonly #names: TableNames
  readonly #piece: RegExp

  constructor(names: TableNames) {
    this.#names = names
    // Looks for the few layers and not for all names: seven times as fast. Strings and comments are stepped over.
    const layers = [...names.layers].map((layer) => layer.replaceAll(/\W/g, String.raw`\$&`)).join('|')
    this.#piece = new RegExp(
      String.raw`'(?:[^']|'')*'|--[^\n]*|\/\*[^]*?\*\/|(?<![\w\u0080-\uffff])"?(${layers})"?\s*\.\s*(${name})`,
      'gi',
    )
  }

  /** As tables or before a column, in the order of their names. */
  tablesIn(text: string): readonly TableName[] {
    const found = new Set<TableName>()
    for (const [, layer, second] of text.matchAll(this.#piece)) {
      if (layer === undefined || second === undefined) continue
      const table = this.#names.find(`${layer}.${unquoted(second)}`)
      if (table !== null) found.add(table)
    }
    return [...found].toSorted()
  }
}

const unquoted = (written: string): string =>
  written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written

/** Whether what a text means agrees with what its letters told. */
export function agrees(reads: readonly TableName[], { columns, tables, findings, odd }: BoundFacts): boolean {
  if (findings.length > 0 || odd === true || tables.length !== reads.length) return false
  const bound = new Set(tables.map((table) => table.toLowerCase()))
  // Columns without a name of their own are called after their expression.
  return reads.every((table) => bound.has(table.toLowerCase())) && columns.every(([column]) => isName(column))
}

const isName = (column: string): boolean => /^[a-z_]\w*$/i.test(column) && column !== 'NULL'
