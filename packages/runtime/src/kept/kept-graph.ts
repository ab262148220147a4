import type { Body, Compilation, Compiled, Edge, Graph, Node, Project, SqlFacts, TableName } from '@millrace/core'
import type { Standing } from '@millrace/project'
import { type PackedLineage, packedLineage, unpackLineage } from '@millrace/sql'
import { fromExactJson, toExactJson } from './exact-json.ts'
import { type KeptFile, writeKept } from './kept-file.ts'
import { nodeFrom, type Outline, partsOf, type Rest } from './kept-node.ts'

/** What commands ask of a project besides its graph. */
export type ProjectHead = Pick<Project, 'name' | 'environments'>

/** What is known of a kept graph before any of its nodes is looked at. */
export interface Head {
  readonly code: string
  readonly reader: string
  readonly project: ProjectHead
  readonly standing: Standing
  /** Nodes in their order, which is that of their records: the outlines of all, then the rests, then the bodies. */
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
  const { ids, producers } = kept.head
  const places = placesOf(kept)
  const bodyOf = (id: string): KeptBody => parse(kept, 'body', places.get(id)) as KeptBody
  const lineageOf = (id: string): readonly Edge[] => {
    const { lineage } = bodyOf(id)
    return lineage === null ? [] : unpackLineage(id as TableName, lineage)
  }
  const nodeAt = (place: number): Node =>
    nodeFrom(parse(kept, 'outline', place) as Outline, () => parse(kept, 'rest', place) as Rest)
  const nodes = new Map(ids.map((id, place) => [id, nodeAt(place)]))
  const graph: Graph = { nodes, producers: new Map(producers), lineage: () => ids.flatMap(lineageOf) }
  return { graph, bodyOf: (id) => bodyOf(id).body, lineageOf }
}

const parts = ['outline', 'rest', 'body'] as const
type Part = (typeof parts)[number]

const placesOf = ({ head }: KeptFile<Head>): ReadonlyMap<string, number> =>
  new Map(head.ids.map((id, place) => [id, place]))

const recordAt = ({ head, record }: KeptFile<Head>, part: Part, place = Number.NaN): Buffer =>
  record(parts.indexOf(part) * head.ids.length + place)

const parse = (kept: KeptFile<Head>, part: Part, place: number | undefined): unknown =>
  fromExactJson(recordAt(kept, part, place).toString())

/** What of a graph goes into its head. */
type Said = Pick<Head, 'code' | 'reader' | 'project' | 'standing'>

/** What is kept of one node; null where JSON would change a value. */
type Records = Readonly<Record<Part, Buffer | null>>

/** Keeps a graph that was compiled as a whole. A value that JSON does not hold keeps it from being kept. */
export async function keepCompiled(path: string, said: Said, { graph, bodies }: Compiled): Promise<void> {
  await keep(path, said, graph, (node) => ({ ...ofNode(node), body: ofBody(bodies.get(node.id)) }))
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
  const places = placesOf(from.kept)
  await keep(path, said, graph, (node) => {
    const old = (part: Part): Buffer => recordAt(from.kept, part, places.get(node.id))
    const own = from.renewed.has(node.id) ? ofNode(node) : { outline: old('outline'), rest: old('rest') }
    const facts = from.bodies.get(node.id)
    return { ...own, body: facts === undefined ? old('body') : ofBody(facts) }
  })
}

async function keep(path: string, said: Said, graph: Graph, recordsOf: (node: Node) => Records): Promise<void> {
  const all = [...graph.nodes.values()].map(recordsOf)
  const records = parts.flatMap((part) => all.flatMap((one) => one[part] ?? []))
  if (records.length < parts.length * all.length) return
  const head: Head = { ...said, ids: [...graph.nodes.keys()], producers: [...graph.producers] }
  await writeKept(path, head, records)
}

const recordOf = (json: string | null): Buffer | null => (json === null ? null : Buffer.from(`${json}\n`))

/** null: settings hold something that JSON would change. */
function ofNode(node: Node): Omit<Records, 'body'> {
  const [outline, rest] = partsOf(node)
  return { outline: recordOf(toExactJson(outline)), rest: recordOf(toExactJson(rest)) }
}

/** Nothing but texts and places, so JSON holds it as it is. null: nothing tells how its columns came about. */
function ofBody(of: Body | SqlFacts | undefined): Buffer | null {
  const kept = of === undefined ? null : keptBody(of)
  return kept === null ? null : recordOf(JSON.stringify(kept))
}

function keptBody(of: Body | SqlFacts): KeptBody | null {
  if (!('rows' in of)) return { body: of, lineage: null }
  const lineage = 'lineage' in of ? packedLineage(of) : null
  const { reads, params, rows, columnHashes, needs, uses } = of
  return lineage === null ? null : { body: { reads, params, rows, columnHashes, needs, uses }, lineage }
}
