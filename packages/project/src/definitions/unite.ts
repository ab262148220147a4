import { issue, type Issue, nearest, type Place, type TableName } from '@millrace/core'
import type { CodeCheck } from './code-file.ts'
import type { DraftDefinition, Found } from './draft.ts'

/** Each table has one definition, and each definition a name of its own; of twins, also by case, the first file's stays and the
 * other is reported. */
export function withoutTwins(found: readonly Found[]): {
  readonly definitions: readonly DraftDefinition[]
  readonly issues: readonly Issue[]
} {
  const owners = new Map<string, string>()
  const names = new Map<string, string>()
  const issues: Issue[] = []
  const definitions: DraftDefinition[] = []
  for (const { file, definitions: own } of found) {
    for (const definition of own) {
      const twins = Object.keys(definition.tables).filter((table) => owners.has(table.toLowerCase()))
      for (const table of twins) issues.push(twinIssue(table, owners.get(table.toLowerCase()) ?? '', file))
      for (const table of Object.keys(definition.tables))
        if (!twins.includes(table)) owners.set(table.toLowerCase(), file)
      if (twins.length > 0) continue
      const name = definition.name.toLowerCase()
      const first = names.get(name)
      if (first === undefined) definitions.push(definition)
      else
        issues.push(issue('project/name-twice', { name: definition.name, first, second: file }, { at: startOf(file) }))
      names.set(name, first ?? file)
    }
  }
  return { definitions, issues }
}

const twinIssue = (table: string, first: string, second: string): Issue =>
  issue('project/table-twice', { table, first, second }, { at: startOf(second) })

const startOf = (file: string): Place => ({ file, line: 1, column: 1, length: 1 })

/** Puts checks written in code beside those that their table has. */
export function withChecks(
  definitions: readonly DraftDefinition[],
  checks: readonly CodeCheck[],
): { readonly definitions: readonly DraftDefinition[]; readonly issues: readonly Issue[] } {
  if (checks.length === 0) return { definitions, issues: [] }
  const tables = new Set(definitions.flatMap((one) => Object.keys(one.tables)))
  const lost = checks.filter((one) => !tables.has(one.table))
  const issues = lost.map(({ table, file }) =>
    issue('sql/unknown-table', { name: table }, { at: startOf(file), candidates: nearest(table, tables) }),
  )
  return { definitions: definitions.map((one) => withChecksOf(one, checks)), issues }
}

function withChecksOf(definition: DraftDefinition, checks: readonly CodeCheck[]): DraftDefinition {
  const tables = Object.entries(definition.tables).map(([table, spec]) => {
    const own = checks.filter((one) => one.table === table).map((one) => one.check)
    return [
      table as TableName,
      own.length === 0 ? spec : { ...spec, checks: [...(spec.checks ?? []), ...own] },
    ] as const
  })
  return { ...definition, tables: Object.fromEntries(tables) }
}
