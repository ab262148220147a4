import type { Issue, KnownTables, ModelDefinition, Origin, SqlFacts, SqlReader, TableName } from '@millrace/core'
import { LineCache } from '@millrace/sql'
import { readChecks } from '../definitions/check-sql.ts'
import { finishColumns } from '../definitions/finish.ts'
import { readSqlFile } from '../definitions/sql-file.ts'
import { splitSqlFile } from '../header/read-header.ts'
import { sqlModel } from '../load-project.ts'

/** One model as its file says it now. */
export interface Reread {
  readonly definition: ModelDefinition
  readonly origin: Origin
  readonly facts: SqlFacts
}

/** Reads some models of a project of which everything else stands as it was; null where one has a mistake. */
export async function rereadModels(
  texts: ReadonlyMap<string, string>,
  others: KnownTables,
  reader: SqlReader,
): Promise<readonly Reread[] | null> {
  const headers = await LineCache.open(null)
  const found = [...texts].map(([file, text]) => readSqlFile(file, text, splitSqlFile(text), headers))
  if (hasIssues(found)) return null
  const drafts = found.flatMap(({ origin, definitions }) =>
    definitions.flatMap((draft) =>
      draft.kind === 'model' && 'sql' in draft.body ? [{ draft, origin, body: draft.body }] : [],
    ),
  )
  const models = drafts.map(({ draft, origin, body }) => sqlModel(draft, body, origin))
  const facts = await reader.read(models, others)
  if (hasIssues(facts.values())) return null
  const reread = drafts.flatMap(({ draft, origin }) => {
    const definition = finishColumns(draft, facts)
    const own = facts.get(draft.name as TableName)
    return definition.kind !== 'model' || own === undefined ? [] : [{ definition, origin, facts: own }]
  })
  const definitions = reread.map((one) => one.definition)
  const origins = Object.fromEntries(reread.map((one) => [one.definition.name, one.origin]))
  const ofChecks = await readChecks({ definitions, origins, facts, others }, reader)
  return ofChecks.length > 0 ? null : reread
}

function hasIssues(all: Iterable<{ readonly issues: readonly Issue[] }>): boolean {
  for (const { issues } of all) if (issues.length > 0) return true
  return false
}
