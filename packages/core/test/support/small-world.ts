// Projects in three words a table, and what becomes of them when a plan is applied, without SQL and without a disk.
import { createHash } from 'node:crypto'
import {
  assignIds,
  type Compiled,
  compile,
  cover,
  decide,
  type Definition,
  type Edge,
  type Environment,
  type Graph,
  type Hash,
  type Hasher,
  inputVersion,
  type Instant,
  type Interval,
  type Issue,
  type Observed,
  type Output,
  plan,
  type Plan,
  type PlanOptions,
  type Slice,
  type SourceOffer,
  type SqlFacts,
  type Step,
  type TableName,
  type TableSpec,
  type TableState,
} from '@millrace/core'

export const hash: Hasher = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16) as Hash

/** A source reads nothing. `text` stands for a model's filters, each column's text for its expression. */
export interface Small
  extends Partial<TableSpec>, Partial<Pick<SqlFacts, 'joins' | 'broughtBy' | 'takesSome' | 'drops'>> {
  readonly reads?: readonly TableName[]
  /** How inputs are read, where that is said. */
  readonly modes?: Readonly<Record<TableName, 'all' | 'changes'>>
  readonly text?: string
  readonly values?: Readonly<Record<string, string>>
  readonly forwardOnly?: boolean
  readonly tags?: readonly string[]
  readonly byDay?: boolean
}

export type World = Readonly<Record<TableName, Small>>

const valuesOf = ({ values = { id: 'id' } }: Small): Readonly<Record<string, string>> => values

export function graphOf(world: World): Graph {
  const { graph, issues } = compiled(world)
  if (issues.length > 0) throw new Error(issues.map((one) => one.code).join(', '))
  return graph
}

/** With the mistakes that it has. */
export function compiled(world: World): Compiled {
  const entries = Object.entries(world) as [TableName, Small][]
  const definitions = entries.map(([name, small]) => definitionOf(name, small))
  const facts = new Map(
    entries.filter(([, { reads }]) => reads !== undefined).map(([name, one]) => [name, factsOf(name, one)]),
  )
  return compile({ name: 'small', environments: {}, definitions, origins: {} }, facts, 'r1', hash)
}

function definitionOf(name: TableName, small: Small): Definition {
  const {
    reads,
    modes,
    text: _,
    values: __,
    forwardOnly = false,
    tags = [],
    byDay: ___,
    joins: ____,
    broughtBy: _____,
    takesSome: ______,
    drops: _______,
    ...spec
  } = small
  const columns = Object.fromEntries(Object.keys(valuesOf(small)).map((one) => [one, { type: 'timestamp' as const }]))
  if (reads === undefined) {
    return {
      kind: 'source',
      name,
      tags,
      connector: 'files',
      config: {},
      tables: { [name]: { write: 'append', columns, ...spec } },
    }
  }
  const tables = { [name]: { write: 'replace' as const, ...spec } }
  return {
    kind: 'model',
    name,
    tags,
    forwardOnly,
    ...(modes === undefined ? {} : { reads: modes }),
    tables,
    body: { sql: JSON.stringify([small.text, small.values]), offset: 0 },
  }
}

function factsOf(name: TableName, small: Small): SqlFacts {
  const reads = small.reads ?? []
  const values = valuesOf(small)
  const lineage = Object.keys(values).flatMap((column): Edge[] =>
    reads.map((from) => ({ from: `${from}.${column}`, to: `${name}.${column}`, by: 'derive' })),
  )
  const byDay = small.byDay === true
  return {
    reads,
    params: byDay ? ['from', 'to'] : [],
    columns: Object.fromEntries(Object.keys(values).map((one) => [one, { type: 'timestamp' }])),
    rows: hash(small.text ?? ''),
    columnHashes: Object.fromEntries(Object.entries(values).map(([one, text]) => [one, hash(text)])),
    needs: needsOf(reads, Object.keys(values)),
    lineage,
    uses: Object.fromEntries(reads.map((table) => [table, Object.keys(values)])),
    joins: small.joins ?? [],
    broughtBy: small.broughtBy ?? [],
    takesSome: small.takesSome ?? false,
    drops: small.drops ?? [],
    unsteady: [],
    ranges: {},
    windows: byDay ? Object.fromEntries(reads.map((table) => [table, 'id'])) : {},
    issues: [],
  }
}

/** Every column hangs on the column of its name in each input. */
function needsOf(reads: readonly TableName[], names: readonly string[]): SqlFacts['needs'] {
  const places = (at: number): readonly number[] => reads.map((_, table) => table * names.length + at)
  return { rows: [], columns: Object.fromEntries(names.map((name, at) => [name, places(at)])) }
}

const environment: Environment = { name: 'dev', overlay: {}, head: null, generation: 1 }

/** What an environment shows, and what applying plans makes of it. */
export class Place {
  readonly tables: Map<TableName, TableState> = new Map()
  readonly pending: Map<string, number> = new Map()
  readonly extents: Map<TableName, Interval> = new Map()
  readonly untimed: Map<string, readonly Issue[]> = new Map()
  /** It shows the tables of its base, and has written none. */
  shows = false
  #versions = 0

  observe(graph: Graph): Observed {
    const sources = new Map<string, SourceOffer>()
    for (const node of graph.nodes.values()) {
      if (node.work.executor !== 'connector') continue
      const items = this.pending.get(node.id) ?? 0
      sources.set(node.id, { pending: { items, bytes: items * 100 }, position: {} })
    }
    const extents = new Map(
      [...this.tables.keys()].flatMap((table) => {
        const extent = this.extents.get(table)
        return extent === undefined ? [] : [[`${table}.id` as const, extent] as const]
      }),
    )
    const overlay = Object.fromEntries([...this.tables].map(([table, { ref }]) => [table, ref]))
    return {
      now: 0 as Instant,
      environment: { ...environment, overlay: this.shows ? {} : overlay },
      tables: new Map(this.tables),
      sources,
      extents,
      untimed: this.untimed,
      changed: new Map(),
      pace: {},
    }
  }

  plan(graph: Graph, options: PlanOptions = {}): Plan {
    return plan(graph, this.observe(graph), options, hash)
  }

  /** As a run does: in order, deciding again where the plan could not know. */
  apply(graph: Graph, made: Plan): void {
    for (const step of made.steps) this.#step(graph, step, made.options)
  }

  #step(graph: Graph, step: Step, given: PlanOptions): void {
    if (step.action === 'drop') return step.tables.forEach((table) => this.tables.delete(table))
    const node = graph.nodes.get(step.node)
    if (node === undefined) throw new Error(step.node)
    let doing: Pick<Step, 'action' | 'slices'> = step
    if (step.action !== 'load' && step.slices.length === 0 && step.after.length > 0) {
      const options = { ...given, allow: step.tables }
      const again = decide(node, { graph, seen: this.observe(graph), options, hash, pending: new Set() })
      if ('refused' in again || again.action === null) return
      doing = again
    }
    this.pending.delete(node.id)
    for (const [table, output] of Object.entries(node.outputs) as [TableName, Output][]) {
      this.tables.set(table, this.#next(graph, table, { ...doing, made: output.fingerprint, output }))
    }
  }

  #next(
    graph: Graph,
    table: TableName,
    work: {
      action: Step['action']
      slices: readonly Slice[]
      made: NonNullable<TableState['made']>
      output: Output
    },
  ): TableState {
    const before = this.tables.get(table)
    const { write, columns } = work.output
    const version = String(++this.#versions)
    const sameRows = before !== undefined && (work.action === 'restamp' || work.action === 'relayout')
    const inputs = graph.nodes.get(graph.producers.get(table) ?? '')?.inputs ?? []
    const seen = { graph, seen: this, hash }
    const position = Object.fromEntries(inputs.map((one) => [one.table, inputVersion(one.table, seen)]))
    const filled = work.slices.flatMap((slice) => ('interval' in slice ? [slice.interval] : []))
    const kept = work.action === 'run' ? (before?.progress.covered ?? []) : []
    const covered = cover(kept, filled, { by: work.made.rows, of: position })
    // Old files keep their layout where rows are only added.
    const adds = work.action === 'run' && write !== 'replace' && write !== 'view'
    const made = adds ? { ...work.made, layout: before?.made?.layout ?? work.made.layout } : work.made
    return {
      ref: { table, uuid: table, format: write === 'view' ? 'view' : 'iceberg', location: '', version },
      shape: {
        schemaId: 0,
        fields: assignIds(columns, 0).fields,
        specId: 0,
        partition: [],
        sort: [],
        compression: 'zstd',
      },
      columns: {},
      made,
      progress: sameRows ? before.progress : { covered, position, origin: hash('') },
      data: sameRows ? before.data : version,
      rows: 1,
      bytes: 1000,
      files: 1,
      at: 0 as Instant,
    }
  }
}
