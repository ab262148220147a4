// The graph of a project, by the shortest way that gives what reading everything gives. Three ways:
// - again: every file stands as it did, so the kept graph is the graph.
// - edited: only models in SQL have other texts. They are read against the kept tables; `recompile` puts them into the kept
//   graph, or says that others may look different too.
// - whole: everything is read. Mistakes are told on this way alone, and nothing with a mistake is ever kept.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  compile,
  type Graph,
  type Issue,
  type KnownTables,
  type Node,
  recompile,
  type SqlFacts,
  type TableName,
} from '@millrace/core'
import { type Changes, changesSince, definingFiles, loadProject, rereadModels, standingOf } from '@millrace/project'
import type { DuckSqlReader } from '@millrace/sql'
import { hash } from '../workspace/lakehouse.ts'
import { codeVersion } from './code-version.ts'
import { compilationOf, type Head, keepCompiled, keepRenewed, type ProjectHead } from './kept-graph.ts'
import { type KeptFile, readKept } from './kept-file.ts'
import { seenColumns } from './seen-columns.ts'

export interface GraphRead {
  readonly project: ProjectHead
  readonly graph: Graph
  readonly issues: readonly Issue[]
  readonly way: 'again' | 'edited' | 'whole'
  /** How many files were looked into to tell what changed. */
  readonly looked: number
  /** Settles when the graph is kept for the next command, or cannot be; it never fails. */
  readonly kept: Promise<void>
}

/** A kept graph that may still hold, before its nodes are looked at. */
export interface Standing {
  readonly project: ProjectHead
  /** null: an edit shows others something new, so everything is to be read. */
  read(): Promise<GraphRead | null>
}

const pathOf = (root: string): string => join(root, '.millrace', 'cache', 'graph')

/** The graph that was kept, where no more changed than some models. Starts reading's process when one has to be read. */
export function standingGraph(root: string, reader: DuckSqlReader): Standing | null {
  const kept = readKept<Head>(pathOf(root))
  if (kept === null || kept.head.reader !== reader.version || kept.head.code !== codeVersion()) return null
  const changes = changesSince(root, kept.head.standing)
  if (changes === null) return null
  const { project } = kept.head
  if (changes.edited.size === 0) return { project, read: () => Promise.resolve(again(root, kept, changes)) }
  reader.warm()
  return { project, read: () => edited(root, kept, changes, reader) }
}

/** The tables of the graph that was kept last whose files are still there. Nothing is read anew: one that changed since may define others. */
export function keptTables(root: string): readonly TableName[] {
  const kept = readKept<Head>(pathOf(root))
  if (kept === null) return []
  const { nodes } = compilationOf(kept).graph
  return kept.head.producers.flatMap(([table, id]) => {
    const file = nodes.get(id)?.file
    return file !== undefined && existsSync(join(root, file)) ? [table] : []
  })
}

function again(root: string, kept: KeptFile<Head>, { standing, looked }: Changes): GraphRead {
  const { graph } = compilationOf(kept)
  const head = { ...kept.head, standing }
  const none = { kept, renewed: new Set<string>(), bodies: new Map<string, SqlFacts>() }
  // Files that had to be looked into are kept with their new times, so that they are not looked into for ever.
  const keeping = looked === 0 ? Promise.resolve() : keepRenewed(pathOf(root), head, graph, none)
  return { project: head.project, graph, issues: [], way: 'again', looked, kept: keeping }
}

async function edited(
  root: string,
  kept: KeptFile<Head>,
  { edited: texts, standing, looked }: Changes,
  reader: DuckSqlReader,
): Promise<GraphRead | null> {
  const before = compilationOf(kept)
  const otherNode = nodesBut(before.graph, texts)
  const others: KnownTables = {
    get: (table) => otherNode(table)?.outputs[table]?.columns,
    keys: () => [...before.graph.producers.keys()].filter((table) => otherNode(table) !== undefined),
  }
  const models = await rereadModels(texts, others, reader)
  if (models === null || models.length < texts.size) return null
  // A table that readers see otherwise than its node says: what is read from it cannot be told from the node.
  const isUnclear = (table: TableName): boolean => {
    const node = otherNode(table)
    return node !== undefined && seenColumns(node, table) === null
  }
  if (models.some(({ facts }) => facts.reads.some(isUnclear))) return null
  const made = recompile(before, models, reader.version, hash)
  if (made === null) return null
  const { graph, renewed } = made
  const head = { ...kept.head, standing }
  const bodies = new Map(models.map(({ definition, facts }) => [definition.name, facts]))
  const keeping = keepRenewed(pathOf(root), head, graph, { kept, renewed, bodies })
  return { project: head.project, graph, issues: [], way: 'edited', looked, kept: keeping }
}

/** What makes a table, unless its file was edited. */
function nodesBut(
  { nodes, producers }: Graph,
  edits: ReadonlyMap<string, string>,
): (table: TableName) => Node | undefined {
  return (table) => {
    const node = nodes.get(producers.get(table) ?? '')
    return node === undefined || edits.has(node.file) ? undefined : node
  }
}

/** Reads everything, and keeps the graph where nothing is wrong with it. `onProject` is told early what is known early. */
export async function wholeGraph(
  root: string,
  reader: DuckSqlReader,
  onProject: (project: ProjectHead) => void,
): Promise<GraphRead> {
  const since = Date.now()
  // A project without a cache was never read: its texts are for the reader's process.
  const isNew = !existsSync(join(root, '.millrace', 'cache'))
  if (isNew && definingFiles(root).some((file) => file.endsWith('.sql'))) reader.warm()
  const { project, facts, issues: ofFiles, from } = await loadProject(root, { sqlReader: reader, onConfig: onProject })
  const compiled = compile(project, facts, reader.version, hash)
  const issues = [...ofFiles, ...compiled.issues]
  const head: ProjectHead = { name: project.name, environments: project.environments }
  const read = { project: head, graph: compiled.graph, issues, way: 'whole', looked: 0 } as const
  if (issues.length > 0 || from === null) return { ...read, kept: Promise.resolve() }
  const standing = standingOf(root, from, since)
  const said = { code: codeVersion(), reader: reader.version, project: head, standing }
  return { ...read, kept: keepCompiled(pathOf(root), said, compiled) }
}
