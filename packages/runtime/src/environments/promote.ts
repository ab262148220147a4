// Promotion: what an environment has becomes its base's, without computing and without copying. Invariants:
// 1. One publication moves all promoted tables of the base and takes their overlay rows away, or nothing happens.
// 2. The base's own table goes on: its uuid, location, history and readers survive (`advance`); where it stands elsewhere
//    than where the fork began, the net change is taken over or the promotion is refused.
// 3. A table is promoted only as the project now defines it, and only when what it was computed from is promoted with it or
//    is what the base has; otherwise the base would show rows that nothing in it explains.
// 4. What the base's own runs have made since is given up for no less: only where the table was built anew here, by a definition
//    that can be, from everything that the base has. Rejects of both stay.
import {
  type Advanced,
  type Environment,
  fail,
  type Graph,
  tellDamage,
  isDamage,
  isRejectsTable,
  type Issue,
  issue,
  MillraceError,
  type Move,
  type Publication,
  type TableName,
  type TableRef,
  type TableState,
  type WentOn,
} from '@millrace/core'
import type { HeldLeases } from '../execute/leases.ts'
import { forkLocation, type Lakehouse, newLocation, statesOf } from '../workspace/lakehouse.ts'
import { withBase } from './diff.ts'
import { type HasRead, hasReadAll, isBuiltAnew } from './has-read-all.ts'
import { needEnvironment } from './need-environment.ts'
import { obstacles } from './obstacles.ts'
import { publishMoves } from './publish-moves.ts'

export interface Promotion {
  readonly publication: Publication
  readonly moves: readonly Move[]
}

export async function promote(
  lakehouse: Lakehouse,
  graph: Graph,
  name: string,
  only: readonly TableName[],
  { allow = [], leases }: { readonly allow?: readonly string[]; readonly leases?: HeldLeases } = {},
): Promise<Promotion> {
  const { environment, base } = await withBase(lakehouse, name)
  const tables = (Object.keys(environment.overlay) as TableName[]).filter(
    (table) => only.length === 0 || only.includes(table),
  )
  if (tables.length === 0) fail('env/nothing-to-promote', { name })
  const here = await lakehouse.catalog.resolve(name)
  const target = await lakehouse.catalog.resolve(base.environment)
  const [mine, theirs] = await Promise.all([statesOf(lakehouse, here), statesOf(lakehouse, target)])
  // As the target will be: a view that it keeps shows what is promoted below it.
  const afterwards = new Map([...theirs, ...[...mine].filter(([table]) => tables.includes(table))])
  const hasRead = hasReadAll(lakehouse, graph, environment, { mine, afterwards })
  const issues = [...(await obstacles({ name, graph, tables, allow, mine, theirs, afterwards, hasRead }))]
  if (issues.length > 0) throw new MillraceError(issues)
  const moves: Move[] = []
  const into = await needEnvironment(lakehouse.catalog, base.environment)
  for (const table of tables) {
    const own = environment.overlay[table] ?? null
    const move = await moveOf(lakehouse, into, table, {
      own,
      target: target.get(table) ?? null,
      wentOn: () => wentOnOf(lakehouse, graph, mine.get(table), hasRead),
    })
    if ('code' in move)
      issues.push(issue('lake/fork-diverged', { table, what: String(move.params['what']), name, base: into.name }))
    else moves.push({ ...move, source: { environment: name, version: own?.version ?? '' } })
  }
  if (issues.length > 0) throw new MillraceError(issues)
  const there = { ...lakehouse, environment: base.environment }
  return { publication: await publishMoves(there, 'promote', moves, { confirm: leases?.confirm }), moves }
}

interface Moving {
  readonly own: TableRef | null
  readonly target: TableRef | null
  readonly wentOn: () => Promise<WentOn | undefined>
}

async function moveOf(
  lakehouse: Lakehouse,
  into: Environment,
  table: TableName,
  { own, target, wentOn }: Moving,
): Promise<Move | Issue> {
  const owned = into.overlay[table] ?? null
  const from = owned?.version ?? null
  if (own === null) return { table, from, to: null, how: 'drop' }
  if (own.format === 'view') return { table, from, to: own, how: 'fast-forward' }
  if (target === null || target.format === 'view')
    return { table, from, to: await adopt(lakehouse, into.name, own), how: 'fast-forward' }
  const onto = owned === null ? await forkFor(lakehouse, into, target) : target
  const advance = async (settled?: WentOn): Promise<Advanced | Issue> => {
    try {
      return await lakehouse.format.advance(onto, own, lakehouse.clock.now(), settled)
    } catch (error) {
      if (!isDamage(error)) throw error
      // What is damaged here is told as such: it is mended here.
      await lakehouse.format.offer(own)
      await tellDamage({ environment: into.name }, () => lakehouse.format.offer(target))
      const what = `the version of ${into.name} that it began as is damaged`
      return issue('lake/fork-diverged', { table, what, name: lakehouse.environment, base: into.name })
    }
  }
  const first = await advance()
  const settled = 'code' in first ? await wentOn() : undefined
  const advanced = settled === undefined ? first : await advance(settled)
  return 'code' in advanced ? advanced : { table, from, to: advanced.next, how: advanced.how }
}

/** What may become of rows that the base's own runs have made since; undefined: they must stay. */
async function wentOnOf(
  lakehouse: Lakehouse,
  graph: Graph,
  state: TableState | undefined,
  hasRead: HasRead,
): Promise<WentOn | undefined> {
  if (state === undefined) return undefined
  const { table } = state.ref
  const node = graph.nodes.get(graph.producers.get(table) ?? '')
  if (node === undefined) return isRejectsTable(table, graph) ? 'add' : undefined
  // What a source has landed, it may not have any more.
  if (node.work.executor === 'connector') return undefined
  return (await isBuiltAnew(lakehouse, state)) && (await hasRead(table)) ? 'replace' : undefined
}

/** What the target shows of its own base, as the table of its own that it becomes. */
async function forkFor(
  { format, paths }: Lakehouse,
  { name, generation }: Environment,
  shown: TableRef,
): Promise<TableRef> {
  const scope = { name, generation }
  return await format.fork(shown, scope, forkLocation(paths, scope, shown))
}

/** A table that the base has not: it gets one of its own, over the same files. */
async function adopt(lakehouse: Lakehouse, environment: string, own: TableRef): Promise<TableRef> {
  const { generation } = (await lakehouse.catalog.environment(environment)) ?? { generation: 0 }
  const location = newLocation(lakehouse.paths, environment, own.table)
  const fork = await lakehouse.format.fork(own, { name: environment, generation }, location)
  const state = await lakehouse.format.load(own)
  const draft = await lakehouse.format.draft(own.table, fork, location, { write: 'append', columns: state.columns })
  const staged = await lakehouse.format.stage(
    { ...draft, shape: state.shape },
    {
      id: `adopt ${own.version}`,
      add: { files: [], rows: 0, bytes: 0 },
      remove: 'none',
      made: state.made ?? fail('env/made-elsewhere', { table: own.table }),
      progress: state.progress,
      operation: 'append',
      sameRows: true,
      at: lakehouse.clock.now(),
    },
  )
  return staged.next
}
