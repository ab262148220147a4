// The SQL of checks is read as models are, by the binder, before anything runs: a misspelled column in a condition would
// otherwise be found after its table was computed, and by the words of a query that nobody wrote.
import {
  type Columns,
  type Definition,
  type Issue,
  type KnownTables,
  type Origin,
  type Place,
  placeOf,
  planChecks,
  type PlannedCheck,
  type SqlFacts,
  type SqlModel,
  type SqlReader,
  type TableName,
  type TableSpec,
  withHistory,
  withTypes,
} from '@millrace/core'
import { literal, quoted } from '@millrace/sql/duckdb'

/** What a model must not do but a look at data may. */
const fineInChecks: ReadonlySet<string> = new Set([
  'sql/row-order',
  'sql/unnamed-column',
  'sql/duplicate-column',
  'sql/time-dependent',
  'sql/random',
  'sql/session-dependent',
  // Told at the table itself.
  'sql/input-broken',
])

/** A piece of SQL that the user wrote, in the select that binds it. */
interface Select {
  readonly written: string
  readonly before: string
  readonly after: string
  /** What stands in the select where that is not the written text itself. */
  readonly whole?: string
}

interface Piece extends Select {
  readonly at: Place
  readonly indent: number
}

/** A project's definitions, or those of it that were edited. */
interface Read {
  readonly definitions: readonly Definition[]
  readonly origins: Readonly<Record<string, Origin>>
  readonly facts: ReadonlyMap<TableName, SqlFacts>
  /** Tables of other definitions. */
  readonly others?: KnownTables
}

/** Mistakes in conditions, selects and expressions of all checks. */
export async function readChecks(
  { definitions, origins, facts, others = new Map() }: Read,
  reader: SqlReader,
): Promise<readonly Issue[]> {
  const pieces = definitions.flatMap((one) => piecesIn(one, origins[one.name], facts))
  if (pieces.length === 0) return []
  const own = new Map(definitions.flatMap((one) => shownBy(one, facts)))
  const known: KnownTables = {
    get: (table) => own.get(table) ?? others.get(table),
    keys: () => new Set([...others.keys(), ...own.keys()]),
  }
  const models = pieces.map((one, i) => modelOf(one, `millrace_checks.c${i}`))
  const read = await reader.read(models, known)
  return pieces.flatMap((piece, i) =>
    (read.get(`millrace_checks.c${i}`)?.issues ?? [])
      .filter((one) => !fineInChecks.has(one.code))
      .map((one) => inWritten(one, piece)),
  )
}

function piecesIn(
  definition: Definition,
  origin: Origin | undefined,
  facts: ReadonlyMap<TableName, SqlFacts>,
): readonly Piece[] {
  return (Object.entries(definition.tables) as [TableName, TableSpec][]).flatMap(([table, spec]) => {
    if ((facts.get(table)?.issues.length ?? 0) > 0) return []
    const checks = planChecks({ columns: {}, ...spec })
    return checks.flatMap((check) =>
      piecesOf(check, table).map((one) => ({ ...one, ...placeIn(origin, table, one.written) })),
    )
  })
}

function piecesOf({ rule, where }: PlannedCheck, table: TableName): readonly Select[] {
  const from = table.split('.').map(quoted).join('.')
  const condition = (written: string): Select => ({ written, before: 'select not (', after: `\n) as c from ${from}` })
  const pieces = where === null ? [] : [condition(where)]
  if (typeof rule === 'string') return pieces
  if ('expression' in rule) return [...pieces, condition(rule.expression)]
  if ('sql' in rule) return [...pieces, { written: rule.sql, before: 'select count(*) as c from (', after: '\n)' }]
  if (!('match' in rule)) return pieces
  return [
    ...pieces,
    { written: rule.match, before: 'select regexp_full_match', after: '', whole: `('', ${literal(rule.match)}) as c` },
  ]
}

function modelOf({ written, before, after, whole, at }: Piece, name: TableName): SqlModel {
  const blank = written.slice(0, written.length - written.trimStart().length)
  const start = { line: at.line - blank.split('\n').length + 1, column: at.column - before.length - blank.length }
  return { name, sql: `${before}${whole ?? written}${after}`, file: at.file, start }
}

/** What the binder marks outside of what the user wrote is a mistake of the whole. */
function inWritten(one: Issue, { at, whole, indent }: Piece): Issue {
  if (whole !== undefined || one.at === undefined) return { ...one, at }
  if (one.at.line > at.line) return { ...one, at: { ...one.at, column: one.at.column + indent } }
  return one.at.line === at.line && one.at.column >= at.column ? one : { ...one, at }
}

/** Where a written text begins, and by how much its lines are indented there: YAML takes that away. */
function placeIn(origin: Origin | undefined, table: TableName, written: string): Pick<Piece, 'at' | 'indent'> {
  const lines = written.split('\n')
  const first = Math.max(
    0,
    lines.findIndex((line) => line.trim() !== ''),
  )
  const line = lines[first] ?? ''
  const at = placeOf(origin?.file ?? table, origin?.text, line.trim())
  const before = origin?.text?.split('\n')[at.line - 1]?.slice(0, at.column - 1) ?? ''
  const own = line.length - line.trimStart().length
  return { at, indent: before.trim() === '' ? before.length - own : 0 }
}

/** The tables of a definition as its readers see them. */
function shownBy(
  definition: Definition,
  facts: ReadonlyMap<TableName, SqlFacts>,
): readonly (readonly [TableName, Columns])[] {
  return Object.entries(definition.tables).map(([table, spec]) => {
    const found = withTypes(facts.get(table as TableName)?.columns ?? {}, spec.columns)
    const columns = Object.keys(found).length === 0 ? (spec.columns ?? {}) : found
    return [table as TableName, withHistory(spec.write, columns)]
  })
}
