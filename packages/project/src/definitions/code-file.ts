import { type CodeRef, issue, type Issue, type ReadMode, type TableName } from '@millrace/core'
import type { CodeFile } from '../code/load-code.ts'
import type { Exported } from '../code/protocol.ts'
import { checkSchema, codeSourceSchema, connectorSourceSchema, modelSchema } from '../code/settings.ts'
import { problemOfName, tableOfPath } from '../files/table-name.ts'
import type { Schema } from '../schema/schema.ts'
import { type Mistake, validate } from '../schema/validate.ts'
import { viewOfData } from '../schema/view.ts'
import type { DraftDefinition, DraftSpec, Found } from './draft.ts'
import { commonOf, issueOfMistake, oneTable, placeInCode, specOf, type Values } from './settings.ts'
import { intervalSettings } from './sql-file.ts'

/** A check that code defines for a table of any file. */
export interface CodeCheck {
  readonly table: TableName
  readonly check: NonNullable<DraftSpec['checks']>[number]
  readonly file: string
}

export interface FoundCode extends Found {
  readonly checks: readonly CodeCheck[]
}

/** The definitions that a TypeScript file exports. */
export function readCodeFile(file: string, text: string, code: CodeFile): FoundCode {
  const origin = { file, text }
  const at = { file, line: 1, column: 1, length: 1 }
  const exports = code.exports.filter((one) => definesOf(one) !== 'project')
  if (exports.length === 0)
    return { file, origin, definitions: [], checks: [], issues: [issue('project/no-definition', { file }, { at })] }
  const only = exports.filter((one) => definesOf(one) !== 'check').length === 1
  const read = exports.map((one) => readExport(one, { file, text, hash: code.hash, computes: code.computes, only }))
  return {
    file,
    origin,
    definitions: read.flatMap((one) => one.definition ?? []),
    checks: read.flatMap((one) => one.check ?? []),
    issues: read.flatMap((one) => one.issues),
  }
}

interface Around {
  readonly file: string
  readonly text: string
  readonly hash: CodeRef['hash']
  readonly computes: CodeRef['hash']
  /** Whether the file defines this table alone, so that its path may name it. */
  readonly only: boolean
}

interface ReadExport {
  readonly definition?: DraftDefinition | undefined
  readonly check?: CodeCheck
  readonly issues: readonly Issue[]
}

const definesOf = (one: Exported): unknown => (one.data as { readonly defines?: unknown }).defines

function readExport(one: Exported, around: Around): ReadExport {
  const { value, mistakes } = validate(schemaOf(one), viewOfData(one.data), `the export ${one.name}`)
  const issues = [...one.odd.map((odd) => oddIssue(odd, around)), ...mistakes.map((each) => codeIssue(each, around))]
  const values = (value ?? {}) as Values
  // Where a source's rows come from is kept with its table, and told when they are promoted: it is no change of the source.
  const isSource = definesOf(one) === 'source'
  const ref: CodeRef = { module: around.file, export: one.name, hash: isSource ? around.hash : around.computes }
  if (definesOf(one) === 'check') return issues.length > 0 ? { issues } : { check: checkOf(values, ref), issues }
  if (typeof values['connector'] === 'string') return { definition: connectorSource(values, one.name), issues }
  const name = nameOf(values, one, around)
  if (typeof name !== 'string') return { issues: [...issues, name] }
  return {
    definition: definesOf(one) === 'model' ? codeModel(name, values, ref) : codeSource(name, values, ref),
    issues,
  }
}

function schemaOf(one: Exported): Schema {
  const defines = definesOf(one)
  if (defines === 'check') return checkSchema
  if (defines === 'model') return modelSchema
  return typeof one.data === 'object' && one.data !== null && 'connector' in one.data
    ? connectorSourceSchema
    : codeSourceSchema
}

const codeIssue = (mistake: Mistake, { file, text }: Around): Issue =>
  issueOfMistake(mistake, placeInCode(mistake, file, text))

const oddIssue = (odd: { readonly key: string; readonly received: string }, around: Around): Issue =>
  codeIssue(
    { code: 'project/not-data', params: odd, path: odd.key.split(/[.[\]]+/).filter((key) => key !== ''), span: null },
    around,
  )

function nameOf(values: Values, one: Exported, around: Around): TableName | Issue {
  const said = values['name']
  if (typeof said !== 'string') {
    if (around.only) return tableOfPath(around.file)
    return issue(
      'project/name-needed',
      { export: one.name },
      { at: placeInCode({ ...nowhere, path: [one.name] }, around.file, around.text) },
    )
  }
  const problem = problemOfName(said)
  if (problem === null) return said as TableName
  return issue(
    'project/table-name',
    { name: said, problem },
    { at: placeInCode({ ...nowhere, path: [said] }, around.file, around.text) },
  )
}

const nowhere: Mistake = { code: 'project/table-name', params: {}, path: [], span: null }

function checkOf(values: Values, code: CodeRef): CodeCheck {
  const on = values['on'] as 'block' | 'warn' | 'quarantine' | undefined
  const check = { rule: { code }, name: String(values['name']), ...(on === undefined ? {} : { on }) }
  return { table: values['table'] as TableName, check, file: code.module }
}

function codeModel(name: TableName, values: Values, code: CodeRef): DraftDefinition {
  const said = values['reads'] as readonly TableName[] | Readonly<Record<TableName, ReadMode>> | undefined
  const modes =
    Array.isArray(said) || said === undefined ? {} : { reads: said as Readonly<Record<TableName, ReadMode>> }
  const reads = Array.isArray(said) ? (said as readonly TableName[]) : (Object.keys(said ?? {}) as TableName[])
  const tables = oneTable(name, specOf(values, 'replace'))
  return {
    kind: 'model',
    name,
    ...commonOf(values),
    ...intervalSettings(values),
    ...modes,
    tables,
    body: { code, reads },
  }
}

function codeSource(name: TableName, values: Values, code: CodeRef): DraftDefinition {
  const tables = oneTable(name, specOf(values, 'append'))
  return {
    kind: 'source',
    name,
    ...commonOf(values),
    connector: 'code',
    config: { ...code },
    tables,
    ...rejectsOf(values),
  }
}

function connectorSource(values: Values, exportName: string): DraftDefinition {
  const tables = (values['tables'] ?? {}) as Readonly<Record<TableName, Values>>
  const specs = Object.entries(tables).map(([name, one]) => {
    const from = one['from'] === undefined ? {} : { from: one['from'] as string }
    return [name, { ...specOf(one, 'append'), ...from }]
  })
  const name = typeof values['name'] === 'string' ? values['name'] : (Object.keys(tables)[0] ?? exportName)
  const config = (values['config'] ?? {}) as Extract<DraftDefinition, { kind: 'source' }>['config']
  return {
    kind: 'source',
    name,
    ...commonOf(values),
    connector: String(values['connector']),
    config,
    tables: Object.fromEntries(specs) as DraftDefinition['tables'],
    ...rejectsOf(values),
  }
}

const rejectsOf = (values: Values): { readonly maxRejects?: number } =>
  typeof values['maxRejects'] === 'number' ? { maxRejects: values['maxRejects'] } : {}
