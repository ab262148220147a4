import { setImmediate } from 'node:timers/promises'
import type { Code } from '@millrace/core'
import { type BoundFacts, nothingBound, packEdges, storeBound } from '../facts.ts'
import type { Finding } from '../finding.ts'
import type { DuckType, Expression, PlanNode } from '../plan/node.ts'
import { broughtBy } from '../plan/brought-by.ts'
import { otherRows } from '../plan/other-rows.ts'
import { typeName } from '../plan/type-name.ts'
import { walkPlan } from '../plan/walk.ts'
import { keywordOffset, parameterOffset, replaceParameters } from '../text/lexer.ts'
import { findingOf } from './problem.ts'
import type { Scratch } from './scratch.ts'
import { planAll, type PlannedSql, type Plans, prefix } from './serialize.ts'

/** A text to bind and the tables it names; anything else that the plan reads was hidden. */
export interface ToBind {
  readonly sql: string
  readonly reads: readonly string[]
  readonly params: readonly string[]
}

/** Binds texts whose input tables stand in the scratch catalog. */
export async function bindAll(scratch: Scratch, texts: readonly ToBind[]): Promise<readonly BoundFacts[]> {
  const planned = await planAll(
    scratch,
    texts.map((one) => one.sql),
  )
  const bound: BoundFacts[] = []
  for (const [i, one] of texts.entries()) {
    const plans = planned[i]?.()
    if (plans === undefined) throw new Error('fewer results than texts')
    bound.push(plans.error ? await refused(scratch, one, plans) : await understood(scratch, one, plans))
    await setImmediate()
  }
  return bound
}

type Refusal = Extract<PlannedSql, { error: true }>

async function refused(scratch: Scratch, text: ToBind, problem: Refusal): Promise<BoundFacts> {
  const untyped = problem.error_type === 'internal' ? await untypedParameters(scratch, text) : []
  return { ...nothingBound, findings: untyped.length > 0 ? untyped : [findingOf(problem, text.sql, prefix.length)] }
}

/** A parameter without context is an internal error to DuckDB that names nothing: each is tried alone, the others as null. */
async function untypedParameters(scratch: Scratch, text: ToBind): Promise<readonly Finding[]> {
  const alone = text.params.map((name) =>
    replaceParameters(text.sql, (other) => (other.toLowerCase() === name.toLowerCase() ? null : 'null')),
  )
  const planned = await planAll(scratch, alone)
  return text.params
    .filter((_, i) => isInternal(planned[i]?.()))
    .map((name) => ({ code: 'sql/parameter-type', params: { name }, at: parameterOffset(text.sql, name) }))
}

const isInternal = (of: PlannedSql | undefined): boolean => of?.error === true && of.error_type === 'internal'

async function understood(scratch: Scratch, text: ToBind, { plans }: Plans): Promise<BoundFacts> {
  const [top] = plans
  if (plans.length !== 1 || top?.type !== 'LOGICAL_CREATE_TABLE')
    return finding('sql/several-statements', { count: plans.length })
  const columns = (top.info?.columns?.columns ?? []).map(({ name, type }) => [name, typeName(type)] as const)
  const select = top.children?.[0]
  if (select === undefined) return finding('sql/empty', {})
  const params: ParameterTypes = text.params.length === 0 ? new Map() : parametersOf(select)
  const names = columns.map(([name]) => name)
  const written = await writtenNames(scratch, text.sql, names)
  const findings = [...duplicates(written, text.sql), ...mixedTypes(params, text.sql)]
  try {
    const facts = factsOf(text, select, columns, params, findings)
    return written === names ? facts : { ...facts, written }
  } catch (error) {
    return finding('sql/not-understood', { message: error instanceof Error ? error.message : String(error) })
  }
}

const finding = (code: Code, params: Readonly<Record<string, unknown>>): BoundFacts => ({
  ...nothingBound,
  findings: [{ code, params, at: 0 }],
})

function factsOf(
  text: ToBind,
  select: PlanNode,
  columns: BoundFacts['columns'],
  params: ParameterTypes,
  findings: readonly Finding[],
): BoundFacts {
  const { relation, walk } = walkPlan(select)
  const rowid = relation.columns.some((one) => [...one.from.keys()].some((from) => from.endsWith('.rowid')))
  return {
    columns,
    params: [...params].map(([name, types]) => [name, [...types][0] ?? '']),
    rows: relation.rows,
    hashes: relation.columns.map((one) => one.hash),
    ...packEdges(relation.columns, relation.influences),
    tables: [...walk.tables],
    ...otherRows(select, relation, walk),
    broughtBy: broughtBy(select),
    bounds: walk.scans.map(({ table, bounds }) => ({ table, bounds: bounds.map(storeBound) })),
    ...(walk.odd ? { odd: true } : {}),
    findings: [...findings, ...hiddenTables(text, walk.tables), ...(rowid ? [rowidFinding(text.sql)] : [])],
  }
}

const rowidFinding = (sql: string): Finding => ({
  code: 'sql/unknown-column',
  params: { name: 'rowid', message: 'tables in a lake number no rows.' },
  at: keywordOffset(sql, 'rowid'),
})

function hiddenTables(text: ToBind, tables: Iterable<string>): readonly Finding[] {
  const named = new Set(text.reads.map((one) => one.toLowerCase()))
  return [...tables]
    .filter((table) => !named.has(table.toLowerCase()))
    .map((name) => ({ code: 'sql/hidden-table', params: { name }, at: null }))
}

/** The second time that a name stands in the list of outputs; null where stars or joins bring it. */
function secondOf(name: string, sql: string): number | null {
  const word = name.toLowerCase()
  const first = keywordOffset(sql, word)
  const second = first === null ? null : keywordOffset(sql, word, first + 1)
  const from = keywordOffset(sql, 'from')
  return second !== null && (from === null || second < from) ? second : null
}

type ParameterTypes = ReadonlyMap<string, ReadonlySet<string>>

function parametersOf(plan: PlanNode): ParameterTypes {
  const found = new Map<string, Set<string>>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if (isParameter(value)) {
      const types = found.get(value.identifier) ?? new Set()
      found.set(value.identifier, types.add(typeName(value.return_type)))
    }
    for (const inner of Object.values(value)) visit(inner)
  }
  visit(plan)
  return found
}

const isParameter = (value: object): value is Expression & { identifier: string; return_type: DuckType } =>
  'expression_class' in value && value.expression_class === 'BOUND_PARAMETER'

function mixedTypes(params: ParameterTypes, sql: string): readonly Finding[] {
  return [...params]
    .filter(([, types]) => types.size > 1)
    .map(([name, types]) => ({
      code: 'sql/parameter-types',
      params: { name, types: [...types].join(', ') },
      at: parameterOffset(sql, name),
    }))
}

/** `create table` renames duplicates to `a_1`; only a prepared select tells the names as written. */
async function writtenNames(scratch: Scratch, sql: string, names: readonly string[]): Promise<readonly string[]> {
  if (!mayBeRenamed(names)) return names
  return scratch.using(async (connection) => {
    const prepared = await connection.prepare(sql)
    const written = names.map((_, i) => prepared.columnName(i))
    prepared.destroySync()
    return written
  })
}

/** `a_1` can only be a renamed `a` where an `a` stands. */
function mayBeRenamed(names: readonly string[]): boolean {
  const folded = new Set(names.map((name) => name.toLowerCase()))
  return names.some((name) => /_\d+$/.test(name) && folded.has(name.toLowerCase().replace(/(_\d+)$/, '')))
}

function duplicates(written: readonly string[], sql: string): readonly Finding[] {
  const seen = new Set<string>()
  const twice = written.filter((name) => seen.size === seen.add(name.toLowerCase()).size)
  return [...new Set(twice)].map((name) => ({
    code: 'sql/duplicate-column',
    params: { name },
    at: secondOf(name, sql),
  }))
}
