import type { Fingerprint } from '../fingerprint.ts'
import type { SqlFacts } from '../ports/sql-reader.ts'
import type { Hash, Hasher, TableName } from '../words.ts'
import type { NodeDraft, NodeDraftOutput } from './compile.ts'

/** Fingerprints of all tables; `order` holds each node after its inputs. */
export function fingerprints(
  order: readonly NodeDraft[],
  reader: string,
  hash: Hasher,
): ReadonlyMap<TableName, Fingerprint> {
  const made = new Map<TableName, Fingerprint>()
  for (const draft of order) {
    for (const [name, spec] of Object.entries(draft.outputs) as [TableName, NodeDraftOutput][]) {
      const values =
        'rows' in draft.body ? ofSelect(draft, draft.body, spec, made, hash) : ofCode(draft, spec, made, hash)
      made.set(name, {
        ...values,
        layout: hash(
          stable([spec.partition ?? [], spec.sort ?? [], spec.format ?? 'iceberg', spec.compression ?? 'zstd']),
        ),
        promise: hash(stable([promises(spec), draft.trigger, draft.tags])),
        reader,
        text: hash(draft.sources),
      })
    }
  }
  return made
}

/** A column hangs on its expression and on the columns it reads; the rows on filters, joins, keys and the inputs' rows. */
function ofSelect(
  draft: NodeDraft,
  facts: SqlFacts,
  spec: NodeDraftOutput,
  made: ReadonlyMap<TableName, Fingerprint>,
  hash: Hasher,
): Pick<Fingerprint, 'rows' | 'columns'> {
  const sources = Object.entries(facts.uses).flatMap(([table, columns]) => {
    const above = made.get(table as TableName)?.columns ?? {}
    return columns.map((column) => above[column])
  })
  const inputs = (places: readonly number[] = []): string => places.map((at) => sources[at]).join()
  const columns: Record<string, Hash> = {}
  for (const [name, { type }] of Object.entries(spec.columns)) {
    columns[name] = hash(`${facts.columnHashes[name]} ${stable(type)} ${inputs(facts.needs.columns[name])}`)
  }
  const upstream = facts.reads.map((table) => [table, made.get(table)?.rows ?? null])
  return {
    rows: hash(
      stable([
        facts.rows,
        upstream,
        inputs(facts.needs.rows),
        spec.write,
        facts.params,
        draft.intervals?.grain ?? null,
      ]),
    ),
    columns,
  }
}

/** Of code only the whole is known: every column hangs on all of it and on everything it reads. */
function ofCode(
  draft: NodeDraft,
  spec: NodeDraftOutput,
  made: ReadonlyMap<TableName, Fingerprint>,
  hash: Hasher,
): Pick<Fingerprint, 'rows' | 'columns'> {
  const upstream = draft.inputs.map(({ table }) => {
    const input = made.get(table)
    return [table, input?.rows ?? null, input?.columns ?? null]
  })
  const rows = hash(stable([draft.sources, upstream, spec.write]))
  const columns: Record<string, Hash> = {}
  for (const [name, { type }] of Object.entries(spec.columns)) columns[name] = hash(stable([rows, name, type]))
  return { rows, columns }
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
  if (typeof value === 'bigint') return `"${value}n"`
  if (value === null || value === undefined) return 'null'
  if (typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`
  const fields = Object.entries(value).filter(([, one]) => one !== undefined)
  if (fields.length > 1) fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, one]) => `${JSON.stringify(key)}:${stable(one)}`).join()}}`
}
