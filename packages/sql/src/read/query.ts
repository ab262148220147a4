import type { Dict, KnownTables, Scalar, SqlFacts, SqlModel } from '@millrace/core'
import { nothingBound, type TableBounds } from '../facts.ts'
import type { Finding } from '../finding.ts'
import type { LineCache } from '../line-cache.ts'
import { rangesOf } from '../ranges.ts'
import { wordSet } from '../text/words.ts'
import { assemble, brokenFacts } from './assemble.ts'
import { issueOf, withoutColumns } from './issues.ts'
import { inputTable, isUsable } from './keys.ts'
import { type Binder, boundFacts, outlinesOf } from './lookup.ts'
import { resolve, TableNames } from './names.ts'

/** Facts of a query typed by hand, which may be ordered, limited and of this moment only. */
export interface QueryFacts extends SqlFacts {
  /** Output names as written; two may be alike. */
  readonly names: readonly string[]
  /** What its filters leave of its inputs, parameters still open: `rangesOf` closes them. */
  readonly bounds: readonly TableBounds[]
}

/** What a table must not do but a look at data may. */
const fineInQueries: ReadonlySet<string> = wordSet(
  'sql/row-order sql/unnamed-column sql/duplicate-column sql/time-dependent sql/random sql/session-dependent',
)

/** Reads one query that is no model. */
export async function readQuery(
  sql: string,
  known: KnownTables,
  params: Dict<Scalar>,
  binder: Binder,
  cache: LineCache,
): Promise<QueryFacts> {
  const model: SqlModel = { name: 'query.query', sql, file: 'query', start: { line: 1, column: 1 } }
  const [outline] = await outlinesOf([sql], binder, cache)
  const { reads, findings } = resolve(outline?.references ?? [], null, new TableNames(known.keys()))
  const unusable = reads.filter((table) => !isUsable(known.get(table)))
  const inputs = reads.map((table) => known.get(table) ?? {})
  const broken = unusable.map((table): Finding => ({
    code: 'sql/input-broken',
    params: { table: 'The query', inputs: table },
    at: 0,
  }))
  const early = lenient(withoutColumns([...findings, ...broken, ...(outline?.findings ?? [])], inputs))
  if (early.length > 0)
    return {
      ...brokenFacts(
        reads,
        early.map((one) => issueOf(one, model, inputs)),
      ),
      names: [],
      bounds: [],
    }
  const [facts = nothingBound] = await boundFacts(
    [{ sql, reads, params: outline?.params ?? [] }],
    (table) => inputTable(table, known.get(table) ?? {}),
    binder,
    cache,
  )
  await cache.flush()
  const found = { ...facts, findings: lenient(facts.findings) }
  const assembled = assemble(model, reads, found, inputs, { stored: false })
  return {
    ...assembled,
    ranges: rangesOf(facts.bounds, params),
    bounds: facts.bounds,
    names: facts.written ?? facts.columns.map(([name]) => name),
  }
}

const lenient = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter((one) => !fineInQueries.has(one.code))
