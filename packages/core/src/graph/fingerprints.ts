import { planChecks } from '../checks/plan-checks.ts'
import type { Fingerprint } from '../fingerprint.ts'
import type { SqlFacts } from '../ports/sql-reader.ts'
import type { DataType } from '../types/data-type.ts'
import type { Dict, Hash, Hasher, TableName } from '../words.ts'
import type { NodeDraft, NodeDraftOutput } from './draft.ts'
import type { Input } from './graph.ts'

/** What of a select its fingerprint is made of. */
export type SelectBody = Pick<SqlFacts, 'reads' | 'params' | 'rows' | 'columnHashes' | 'needs' | 'uses'>

/** Of code only a hash of the whole is known. */
export interface CodeBody {
  readonly hash: string
}

export type Body = SelectBody | CodeBody

/** What makes values: without its notes, its layout and its promises. */
export type Making = Pick<NodeDraft, 'inputs' | 'intervals' | 'work'> & { readonly body: Body }

export type Made = Pick<ReadonlyMap<TableName, Fingerprint>, 'get'>

/** The fingerprints of a draft's tables; `made` has those of its inputs. */
export function fingerprintsOf(
  draft: NodeDraft,
  made: Made,
  reader: string,
  hash: Hasher,
): readonly (readonly [TableName, Fingerprint])[] {
  return (Object.entries(draft.outputs) as [TableName, NodeDraftOutput][]).map(([name, spec]) => [
    name,
    {
      ...valuesOf(draft, spec, made, hash),
      layout: hash(
        stable([spec.partition ?? [], spec.sort ?? [], spec.format ?? 'iceberg', spec.compression ?? 'zstd']),
      ),
      promise: hash(stable([promises(spec), draft.trigger, draft.tags])),
      reader,
      text: hash(draft.sources),
    },
  ])
}

export type Values = Pick<Fingerprint, 'rows' | 'columns'>

/** The part of a fingerprint that hangs on inputs. */
export function valuesOf(
  { body, inputs, intervals, work }: Making,
  spec: NodeDraftOutput,
  made: Made,
  hash: Hasher,
): Values {
  if (work.executor === 'connector') return ofSource(spec, hash)
  return 'rows' in body
    ? ofSelect(body, spec, intervals?.grain ?? null, made, hash)
    : ofCode(body, inputs, spec, made, hash)
}

/** What was landed stays landed, wherever a source looks from now on: only its table's versions tell what is new in it. */
function ofSource(spec: NodeDraftOutput, hash: Hasher): Values {
  const rows = hash(stable(['source', spec.write]))
  return { rows, columns: byColumn(spec, (name, type) => hash(stable([rows, name, type]))) }
}

/** Checks that decide which rows there are. */
function quarantined(spec: NodeDraftOutput): readonly unknown[] {
  return planChecks(spec).flatMap(({ column, rule, where, on }) => (on === 'quarantine' ? [[column, rule, where]] : []))
}

function byColumn(spec: NodeDraftOutput, hashOf: (name: string, type: DataType) => Hash): Dict<Hash> {
  return Object.fromEntries(Object.entries(spec.columns).map(([name, { type }]) => [name, hashOf(name, type)]))
}

/** A column hangs on its expression and on the columns it reads; the rows on filters, joins, keys and the inputs' rows. */
function ofSelect(body: SelectBody, spec: NodeDraftOutput, grain: string | null, made: Made, hash: Hasher): Values {
  const sources = Object.entries(body.uses).flatMap(([table, columns]) => {
    const above = made.get(table as TableName)?.columns ?? {}
    return columns.map((column) => above[column])
  })
  const inputs = (places: readonly number[] = []): string => places.map((at) => sources[at]).join()
  const upstream = body.reads.map((table) => [table, made.get(table)?.rows ?? null])
  const rows = [body.rows, upstream, inputs(body.needs.rows), spec.write, body.params, grain, ...quarantined(spec)]
  return {
    rows: hash(stable(rows)),
    columns: byColumn(spec, (name, type) =>
      hash(`${body.columnHashes[name]} ${stable(type)} ${inputs(body.needs.columns[name])}`),
    ),
  }
}

/** Of code only the whole is known: every column hangs on all of it and on everything it reads. */
function ofCode(body: CodeBody, inputs: readonly Input[], spec: NodeDraftOutput, made: Made, hash: Hasher): Values {
  const upstream = inputs.map(({ table }) => {
    const input = made.get(table)
    return [table, input?.rows ?? null, input?.columns ?? null]
  })
  const rows = hash(stable([body.hash, upstream, spec.write, ...quarantined(spec)]))
  return { rows, columns: byColumn(spec, (name, type) => hash(stable([rows, name, type]))) }
}

function promises(spec: NodeDraftOutput): unknown {
  const promised = Object.entries(spec.columns).filter(
    ([, one]) =>
      (one.checks ?? []).length > 0 || one.note !== undefined || one.privacy !== undefined || one.required === true,
  )
  const perColumn = promised.map(([name, one]) => [
    name,
    one.checks ?? [],
    one.note ?? null,
    one.privacy ?? null,
    one.required ?? false,
  ])
  return [perColumn, spec.checks ?? [], spec.contract ?? null, spec.note ?? null, spec.keep ?? null]
}

/** JSON whose keys are sorted: equal values give equal texts. */
export function stable(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'bigint') return `"${value}n"`
  if (typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`
  const fields = Object.entries(value).filter(([, one]) => one !== undefined)
  if (fields.length > 1) fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, one]) => `${JSON.stringify(key)}:${stable(one)}`).join()}}`
}
