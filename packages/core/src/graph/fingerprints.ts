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
  const hashes: ColumnHashes = new Map()
  for (const draft of order) {
    for (const [name, spec] of Object.entries(draft.outputs) as [TableName, NodeDraftOutput][]) {
      const values =
        'rows' in draft.body
          ? ofSelect(draft, draft.body, spec, { made, hashes, hash })
          : ofCode(draft, spec, made, hash)
      hashes.set(name, byLowerName(values.columns))
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

/** Of each table so far: what its columns hash to, by their names in lower case. */
type ColumnHashes = Map<string, ReadonlyMap<string, string>>

const byLowerName = (columns: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(columns).map(([name, value]) => [name.toLowerCase(), value]))

interface Above {
  readonly made: ReadonlyMap<TableName, Fingerprint>
  readonly hashes: ColumnHashes
  readonly hash: Hasher
}

/** A column hangs on its expression and on the columns it reads; the rows on filters, joins, keys and the inputs' rows. */
function ofSelect(
  draft: NodeDraft,
  facts: SqlFacts,
  spec: NodeDraftOutput,
  { made, hashes, hash }: Above,
): Pick<Fingerprint, 'rows' | 'columns'> {
  const [output] = Object.keys(draft.outputs)
  const reads = new Map<string, Set<string>>()
  for (const edge of draft.lineage) {
    const to = edge.to === output ? '' : edge.to.slice((output as string).length + 1).toLowerCase()
    const known = reads.get(to)
    if (known === undefined) reads.set(to, new Set([edge.from]))
    else known.add(edge.from)
  }
  const inputsOf = (column: string): string[] =>
    [...(reads.get(column) ?? [])].toSorted().map((from) => columnHash(from, hashes))
  const columns: Record<string, Hash> = {}
  const own = byLowerName(facts.columnHashes)
  for (const [name, { type }] of Object.entries(spec.columns)) {
    const lower = name.toLowerCase()
    columns[name] = hash(stable([own.get(lower) ?? null, type, inputsOf(lower)]))
  }
  const upstream = facts.reads.map((table) => [table, made.get(table)?.rows ?? null])
  return {
    rows: hash(stable([facts.rows, upstream, inputsOf(''), spec.write, facts.params, draft.intervals?.grain ?? null])),
    columns,
  }
}

function columnHash(column: string, hashes: ColumnHashes): string {
  const dot = column.indexOf('.', column.indexOf('.') + 1)
  const found = hashes.get(column.slice(0, dot))?.get(column.slice(dot + 1).toLowerCase())
  return found === undefined ? column : `${column}=${found}`
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
  // Most are lists of texts, which JSON writes ten times faster when it need not ask about each of them.
  if (isListed(value)) return JSON.stringify(value)
  return JSON.stringify(value, (_, one: unknown) => {
    if (typeof one === 'bigint') return `${one}n`
    if (one === null || typeof one !== 'object' || Array.isArray(one)) return one
    return Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** Whether a value has no keys to sort and no big integers, however deep. */
const isListed = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every(isListed)
    : value === null || (typeof value !== 'object' && typeof value !== 'bigint')
