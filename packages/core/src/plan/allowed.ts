import { type Issue, issue } from '../errors/issue.ts'
import type { Graph } from '../graph/graph.ts'
import { nearest } from '../graph/nearest.ts'
import type { TableName } from '../words.ts'
import type { Observed } from './observed.ts'

interface Allowed {
  /** Tables as they are written in the project and in the environment. */
  readonly allow: readonly TableName[]
  /** Names that no table has: not refused, for who drops a table by name may ask once more. */
  readonly notes: readonly Issue[]
}

/** The tables that are allowed by name; names are compared without case. */
export function allowedTables(graph: Graph, { tables }: Pick<Observed, 'tables'>, names: readonly string[]): Allowed {
  if (names.length === 0) return { allow: [], notes: [] }
  const known = new Map([...tables.keys(), ...graph.producers.keys()].map((one) => [one.toLowerCase(), one]))
  const unknown = [...new Set(names)].filter((name) => !known.has(name.toLowerCase()))
  return {
    allow: names.flatMap((name) => known.get(name.toLowerCase()) ?? []),
    notes: unknown.map((name) =>
      issue('plan/unknown-allowed', { name }, { candidates: nearest(name, new Set(known.values())) }),
    ),
  }
}
