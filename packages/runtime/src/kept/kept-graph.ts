import type { Body, Compilation, Compiled, Edge, Graph, Hash, Node, Project, SqlFacts, TableName } from '@millrace/core'
import type { Standing } from '@millrace/project'
import { type PackedLineage, packedLineage, unpackLineage } from '@millrace/sql'
import { fromExactJson, toExactJson } from './exact-json.ts'
import { type KeptFile, writeKept } from './kept-file.ts'

/** What commands ask of a project besides its graph. */
export type ProjectHead = Pick<Project, 'name' | 'environments'>

/** What is known of a kept graph before any of its nodes is looked at. */
export interface Head {
  readonly code: string
  readonly reader: string
  readonly project: ProjectHead
  readonly standing: Standing
  readonly hash: Hash
  /** Nodes in their order; a record for each, then one for each body. */
  readonly ids: readonly string[]
  readonly producers: readonly (readonly [TableName, string])[]
}

interface KeptBody {
  readonly body: Body
  /** null: its definition has none. */
  readonly lineage: PackedLineage | null
}

/** The graph of a kept file. What lies behind the nodes is parsed when it is asked for. */
export function compilationOf(kept: KeptFile<Head>): Compilation {
  const { ids, producers, hash } = kept.head
  const places = new Map(ids.map((id, place) => [id, place]))
  const bodyOf = (id: string): KeptBody => parse(kept, ids.length + (places.get(id) ?? -1)) as KeptBody
  const lineageOf = (id: string): readonly Edge[] => {
    const { lineage } = bodyOf(id)
    return lineage === null ? [] : unpackLineage(id as TableName, lineage)
  }
  const nodes = new Map(ids.map((id, place) => [id, parse(kept, place) as Node]))
  const graph: Graph = { nodes, producers: new Map(producers), hash, lineage: () => ids.flatMap(lineageOf) }
  return { graph, bodyOf: (id) => bodyOf(id).body, lineageOf }
}

const parse = ({ record }: KeptFile<Head>, place: number): unknown => fromExactJson(record(place).toString())

/** What of a graph goes into its head. */
type Said = Pick<Head, 'code' | 'reader' | 'project' | 'standing'>

/** Keeps a graph that was compiled as a whole. A value that JSON does not hold keeps it from being kept. */
export async function keepCompiled(path: string, said: Said, { graph, bodies }: Compiled): Promise<void> {
  const nodes = [...graph.nodes.values()].map(nodeRecord)
  const behind = [...graph.nodes.keys()].map((id) => bodyRecord(bodies.get(id)))
  await keep(path, said, graph, [...nodes, ...behind])
}

/** Keeps a graph of which some nodes were made anew; the records of the others are taken over as they are. */
export async function keepRenewed(
  path: string,
  said: Said,
  graph: Graph,
  from: {
    readonly kept: KeptFile<Head>
    readonly renewed: ReadonlySet<string>
    readonly bodies: ReadonlyMap<string, SqlFacts>
  },
): Promise<void> {
  const { ids } = from.kept.head
  const places = new Map(ids.map((id, place) => [id, place]))
  const old = (id: string, from0: number): Buffer => from.kept.record(from0 + (places.get(id) ?? -1))
  const nodes = [...graph.nodes].map(([id, node]) => (from.renewed.has(id) ? nodeRecord(node) : old(id, 0)))
  const behind = [...graph.nodes.keys()].map((id) => {
    const facts = from.bodies.get(id)
    return facts === undefined ? old(id, ids.length) : bodyRecord(facts)
  })
  await keep(path, said, graph, [...nodes, ...behind])
}

async function keep(path: string, said: Said, graph: Graph, records: readonly (Buffer | null)[]): Promise<void> {
  const exact = records.filter((one) => one !== null)
  if (exact.length < records.length) return
  const head: Head = { ...said, hash: graph.hash, ids: [...graph.nodes.keys()], producers: [...graph.producers] }
  await writeKept(path, head, exact)
}

const recordOf = (json: string): Buffer => Buffer.from(`${json}\n`)

/** null: settings hold something that JSON would change. */
function nodeRecord(node: Node): Buffer | null {
  const json = toExactJson(node)
  return json === null ? null : recordOf(json)
}

/** Nothing but texts and places, so JSON holds it as it is. null: nothing tells how its columns came about. */
function bodyRecord(of: Body | SqlFacts | undefined): Buffer | null {
  const kept = of === undefined ? null : keptBody(of)
  return kept === null ? null : recordOf(JSON.stringify(kept))
}

function keptBody(of: Body | SqlFacts): KeptBody | null {
  if (!('rows' in of)) return { body: of, lineage: null }
  const lineage = 'lineage' in of ? packedLineage(of) : null
  const { reads, params, rows, columnHashes, needs, uses } = of
  return lineage === null ? null : { body: { reads, params, rows, columnHashes, needs, uses }, lineage }
}
