// The SQL of checks is read as models are, by the binder, before anything runs: a misspelled column in a condition would
// otherwise be found after its table was computed, and by the words of a query that nobody wrote.
import {
  type Columns,
  type Definition,
  issue,
  type Issue,
  type KnownTables,
  type Origin,
  type Place,
  placeAt,
  placeInCheck,
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
  /** The key that it stands behind. */
  readonly key: 'where' | 'expression' | 'sql' | 'match'
  readonly written: string
  readonly before: string
  readonly after: string
  /** What stands in the select where that is not the written text itself. */
  readonly whole?: string
}

interface Piece extends Select {
  readonly table: TableName
  readonly check: PlannedCheck
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
  const broken = new Set<PlannedCheck>()
  return pieces.flatMap((piece, i) => {
    // A condition on what a select finds means nothing where the select has a mistake.
    if (piece.key === 'where' && broken.has(piece.check)) return []
    const issues = problemsOf(piece, read.get(`millrace_checks.c${i}`))
    if (issues.length > 0 && piece.key === 'sql') broken.add(piece.check)
    return issues
  })
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
      piecesOf(check, table).map((one) => ({ ...one, table, check, ...placeIn(origin, check, one) })),
    )
  })
}

/** The selects ask as a run does. An aggregate takes neither aggregates nor windows nor anything but true and false. */
function piecesOf({ rule, where, on }: PlannedCheck, table: TableName): readonly Select[] {
  const from = table.split('.').map(quoted).join('.')
  // Rows in quarantine have no layer yet.
  const rows = on === 'quarantine' ? `${from} as ${quoted(table.slice(table.indexOf('.') + 1))}` : from
  const condition = (key: 'where' | 'expression', written: string, of: string): Select => ({
    key,
    written,
    before: 'select bool_and((',
    after: `\n)) as c from ${of}`,
  })
  const limited = (of: string): readonly Select[] => (where === null ? [] : [condition('where', where, of)])
  if (typeof rule === 'string') return limited(rows)
  if ('sql' in rule) {
    const found: Select = { key: 'sql', written: rule.sql, before: 'select count(*) as c from (', after: '\n)' }
    return [found, ...limited(`(${rule.sql}\n) as found`)]
  }
  if ('expression' in rule) return [...limited(rows), condition('expression', rule.expression, rows)]
  if (!('match' in rule)) return limited(rows)
  const whole = `('', ${literal(rule.match)}) as c`
  return [...limited(rows), { key: 'match', written: rule.match, before: 'select regexp_full_match', after: '', whole }]
}

function modelOf({ written, before, after, whole, at }: Piece, name: TableName): SqlModel {
  const blank = written.slice(0, written.length - written.trimStart().length)
  const start = { line: at.line - blank.split('\n').length + 1, column: at.column - before.length - blank.length }
  return { name, sql: `${before}${whole ?? written}${after}`, file: at.file, start }
}

function problemsOf(piece: Piece, facts: SqlFacts | undefined): readonly Issue[] {
  const issues = (facts?.issues ?? []).flatMap(
    (one) => unasked(one, piece) ?? (fineInChecks.has(one.code) ? [] : inWritten(one, piece)),
  )
  return [...issues, ...(facts?.params ?? []).map((name) => badCondition(piece, unset(name), piece.at))]
}

/** What a condition must not be, besides what no SQL may; null for any other mistake. */
function unasked(one: Issue, piece: Piece): Issue | null {
  if (piece.key === 'match' && one.code === 'sql/invalid') return badPattern(one, piece)
  if (piece.key !== 'where' && piece.key !== 'expression') return null
  const isIn = isInside(one, piece)
  if (isIn && one.code === 'sql/unknown-column' && isOfSelect(piece)) return badCondition(piece, notGiven(one), one.at)
  const problem = problemOf(one, { isIn, ...piece })
  return problem === null ? null : badCondition(piece, problem, isIn ? one.at : piece.at)
}

const isOfSelect = ({ key, check: { rule } }: Piece): boolean =>
  key === 'where' && typeof rule === 'object' && 'sql' in rule

const notGiven = ({ params }: Issue): Problem => ({
  problem: `the select gives no column ${String(params['name'])}`,
  remedy: 'Use a column that the select gives, let it give this one, or write the condition into the select.',
})

const badPattern = (one: Issue, { table, check, written, at }: Piece): Issue => {
  const problem = String(one.params['message']).replace(/^[\w ]*Error: /, '')
  return issue('model/bad-pattern', { table, check: check.name, text: written, problem }, { at })
}

interface Problem {
  readonly problem: string
  readonly remedy: string
}

const badCondition = ({ table, check, written }: Piece, problem: Problem, at: Place | undefined): Issue =>
  issue(
    'model/bad-condition',
    { table, check: check.name, text: written.trim(), ...problem },
    at === undefined ? {} : { at },
  )

const unset = (name: string): Problem => ({
  problem: `nothing gives it $${name}`,
  remedy: 'Write the value itself, or take it from a table: `(select max(day) from gold.days)`.',
})

function problemOf(one: Issue, { isIn, check }: Pick<Piece, 'check'> & { readonly isIn: boolean }): Problem | null {
  const { message = '', name } = one.params as { readonly message?: string; readonly name?: string }
  if (message.startsWith('aggregate function calls cannot be nested'))
    return { problem: 'it gathers several rows', remedy: selectInstead }
  if (message.startsWith('aggregate function calls cannot contain window'))
    return { problem: 'it looks at other rows through a window', remedy: selectInstead }
  const type = isIn ? undefined : /'bool_and\((.*)\)'/.exec(message)?.[1]
  if (type !== undefined) return { problem: `it is ${type.toLowerCase()}, neither true nor false`, remedy: compare }
  if (!isIn) return null
  if (one.code === 'sql/random' || one.code === 'sql/session-dependent')
    return { problem: `${name} is no matter of data`, remedy: 'Ask of columns of the row, or of other tables.' }
  // The others are asked at a moment, as `fresh` is; these decide which rows there are.
  if (one.code !== 'sql/time-dependent' || check.on !== 'quarantine') return null
  const remedy = 'Use `on: block` or `on: warn`, or compare with a column of the row.'
  return { problem: `${name} gives another value at every run, and quarantine decides which rows there are`, remedy }
}

const selectInstead =
  "Look at several rows in a select of those that break the promise: `{ sql: 'select day from gold.days group by day having sum(amount) <= 3' }`."
const compare = 'Compare it with something, as in `amount > 0` or `name is not null`.'

/** The select goes on in the line behind what was written. */
const isInside = (one: Issue, { at, written }: Piece): boolean =>
  one.at !== undefined &&
  one.at.line < at.line + written.trimStart().split('\n').length &&
  (one.at.line > at.line || one.at.column >= at.column)

/** What the binder marks outside of what the user wrote is a mistake of the whole. */
function inWritten(one: Issue, piece: Piece): Issue {
  const { at, whole, indent } = piece
  if (whole !== undefined || one.at === undefined) return { ...one, at }
  if (!isInside(one, piece)) return { ...one, params: atItsEnd(one.params), at }
  return one.at.line > at.line ? { ...one, at: { ...one.at, column: one.at.column + indent } } : one
}

/** What closes the select around it is none of the user's. */
const atItsEnd = (params: Issue['params']): Issue['params'] =>
  params['message'] === 'syntax error at or near ")"' ? { ...params, message: 'syntax error at its end' } : params

/** Where a written text begins, and by how much its lines are indented there: YAML takes that away. */
function placeIn(
  origin: Origin | undefined,
  check: PlannedCheck,
  { key, written }: Select,
): Pick<Piece, 'at' | 'indent'> {
  const lines = written.split('\n')
  const line = lines.find((one) => one.trim() !== '') ?? ''
  const at = beginOf(origin, placeInCheck(origin, check, line.trim(), key), line.trim())
  const before = origin?.text?.split('\n')[at.line - 1]?.slice(0, at.column - 1) ?? ''
  const own = line.length - line.trimStart().length
  return { at, indent: before.trim() === '' ? before.length - own : 0 }
}

/** The text itself, behind its quotes. */
function beginOf(origin: Origin | undefined, value: Place, line: string): Place {
  const text = origin?.text ?? ''
  const before = text
    .split('\n')
    .slice(0, value.line - 1)
    .join('\n').length
  const from = (value.line === 1 ? 0 : before + 1) + value.column - 1
  const found = line === '' ? -1 : text.indexOf(line, from)
  return found < 0 ? value : placeAt(value.file, text, found, line.length)
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
