import type { Definition, Origin } from '../definitions.ts'
import { type Issue, issue } from '../errors/issue.ts'
import { placeOf } from '../errors/place.ts'
import type { TableName } from '../words.ts'

/** Connectors whose records say nothing of the table that they belong to. */
const ofOneTable: ReadonlySet<string> = new Set(['files', 'seed'])

/** A second table of such a source would never be written. */
export function checkSource(definition: Definition, origin: Origin | undefined, issues: Issue[]): void {
  if (definition.kind !== 'source' || !ofOneTable.has(definition.connector)) return
  const { name: source, connector } = definition
  const [first, ...others] = Object.keys(definition.tables) as TableName[]
  for (const table of others) {
    const place = placeOf(origin?.file ?? source, origin?.text, table, first)
    issues.push(issue('model/one-table', { table, source, connector }, { at: place }))
  }
}
