import type {
  Draft,
  FilesScan,
  Fingerprint,
  Output,
  Progress,
  Ranges,
  TableChange,
  TableName,
  TableRef,
  Written,
} from '@millrace/core'
import { fail, gathers, grownFrom, inputVersion, isDamage } from '@millrace/core'
import { forkLocation, hash, newLocation } from '../workspace/lakehouse.ts'
import { brokenFile } from '../read/broken-file.ts'
import { refuseEndless } from './endless.ts'
import { failpoint } from './failpoint.ts'
import type { StagedTable, TaskContext } from './task.ts'

/** A draft of a table's next version, and what its publication will expect to find. */
export interface OpenDraft {
  readonly draft: Draft
  readonly from: string | null
  readonly base: TableRef | null
}

/** Opens the next version of a table. What belongs to the base environment is forked: same files, own history. */
export async function openDraft(
  context: TaskContext,
  table: TableName,
  output: Pick<Output, 'columns' | 'write'>,
  options: {
    readonly rewritten: boolean
    /** What there is can be done without where it is damaged, and the run is to make all anew. */
    readonly dispensable?: boolean
    /** The rows that are there will be read, not only replaced. */
    readonly reads?: boolean
  },
): Promise<OpenDraft> {
  const { lakehouse } = context
  const environment = await lakehouse.catalog.environment(lakehouse.environment)
  if (environment === null) fail('lake/no-environment', { name: lakehouse.environment })
  const own = environment.overlay[table] ?? null
  const shown = context.pins.get(table)
  // Somebody who asks for no leases wrote it since this run looked: his rows must not be lost.
  if (own !== null && own.version !== shown?.version) fail('lake/moved', { table })
  if (own === null && shown === undefined && (await lakehouse.catalog.foreign(lakehouse.environment)).has(table))
    fail('lake/foreign-table', { table, environment: lakehouse.environment })
  const usable = shown !== undefined && shown.format !== 'view' ? shown : null
  const scope = { name: lakehouse.environment, generation: environment.generation }
  const forked = usable === null || own !== null ? null : forkLocation(lakehouse.paths, scope, usable)
  const base = usable === null || forked === null ? usable : await lakehouse.format.fork(usable, scope, forked)
  const over = async (onto: TableRef | null): Promise<OpenDraft> => {
    const location = onto?.location ?? newLocation(lakehouse.paths, lakehouse.environment, table)
    const draft = await lakehouse.format.draft(table, onto, location, output, options)
    return { draft, from: own?.version ?? null, base: onto }
  }
  const dispensable = options.dispensable ?? options.rewritten
  if (base === null || !dispensable || !beginsAnew(context)) return await over(base)
  try {
    const open = await over(base)
    await refuseDamaged(lakehouse, base, options)
    return open
  } catch (error) {
    // Asked to build it from nothing, a run does not need what is damaged: the table begins anew in a place of its own.
    if (!isDamage(error)) throw error
    return await over(null)
  }
}

/** A commit reads what it replaces: the list and the manifests. The data files only matter to who reads them. */
async function refuseDamaged(
  { format }: TaskContext['lakehouse'],
  base: TableRef,
  { reads = false }: { readonly reads?: boolean },
): Promise<void> {
  const scan = await format.offer(base).catch((error: unknown) => {
    if (isDamage(error)) throw error
    // What cannot be read here for another reason can be replaced all the same.
    return null
  })
  const files = reads ? (scan?.groups.flatMap((group) => group.files) ?? []) : []
  const broken = brokenFile(files)
  if (broken !== null) fail('lake/corrupt', { ...broken, table: base.table })
}

/** Whether a run was asked to build a table from nothing. */
export const beginsAnew = ({ decision }: Pick<TaskContext, 'decision'>): boolean =>
  decision.action === 'rebuild' && decision.why.some((one) => one.reason === 'asked')

/** The table's own rows as its next version will show them: a column that is new there is empty, a renamed one renamed. */
export async function ownRows(
  { lakehouse }: Pick<TaskContext, 'lakehouse'>,
  { draft, base }: OpenDraft,
  ranges?: Ranges,
): Promise<FilesScan | null> {
  if (base === null) return null
  const scan = await lakehouse.format.offer(base, ranges)
  return { ...scan, fields: draft.shape.fields }
}

/** Stages what was written; the change's id is the run's own, so that a second attempt is recognised. */
export async function stageWritten(
  context: TaskContext,
  open: OpenDraft,
  output: Output,
  change: {
    readonly add: Written
    readonly remove: TableChange['remove']
    readonly operation: TableChange['operation']
    readonly sameRows?: boolean
    readonly progress: Pick<Progress, 'covered'> & Partial<Progress>
    /** Two commits of one run on one table differ by this. */
    readonly part?: string
  },
): Promise<StagedTable> {
  const { lakehouse, run } = context
  const { table } = open.draft
  failpoint('task.written')
  if (change.sameRows !== true) refuseEndless(table, context.node, open.draft.shape.fields, change.add.files)
  const id = `${run}/${table}${change.part ?? ''}`
  const begins = open.base === null || (change.remove === 'all' && change.sameRows !== true)
  const before = begins ? undefined : context.states.get(table)?.progress
  const begun = begins ? id : before?.begun
  const { work, replay } = context.node
  const isAdded = work.executor === 'connector' && output.write === 'append'
  const grewFrom =
    begins && work.executor !== 'connector' && gathers(output.write)
      ? grownFrom(context.graph, context.node, context.states)
      : before?.grewFrom
  const isGathered = replay === 'never' || isAdded || before?.gathered === true
  const staged = await lakehouse.format.stage(open.draft, {
    id,
    add: change.add,
    remove: change.remove,
    made: madeBy(context, table, output, change.remove),
    operation: change.operation,
    sameRows: change.sameRows ?? false,
    at: lakehouse.clock.now(),
    progress: {
      position: change.progress.position ?? positionOf(context),
      covered: change.progress.covered,
      origin: change.progress.origin ?? originOf(context),
      ...(begun === undefined ? {} : { begun }),
      ...(isGathered ? { gathered: true } : {}),
      ...(grewFrom === undefined ? {} : { grewFrom }),
    },
    summary: { 'millrace.run': run },
  })
  failpoint('task.staged')
  return { table, from: open.from, next: staged.next, how: 'run', output }
}

/** A run that adds to what is there leaves old files in the layout that they have: the next plan must still see that. */
function madeBy(
  { node, states }: TaskContext,
  table: TableName,
  { fingerprint }: Output,
  remove: TableChange['remove'],
): Fingerprint {
  const before = states.get(table)?.made
  // What was landed stays as it was landed.
  if (remove === 'all' || node.work.executor === 'connector' || before === undefined || before === null)
    return fingerprint
  return { ...fingerprint, layout: before.layout }
}

/** The versions of the inputs that this work read. */
export function positionOf(context: TaskContext): Progress['position'] {
  const seen = { graph: context.graph, seen: { tables: context.states }, hash }
  return Object.fromEntries(context.node.inputs.map(({ table }) => [table, inputVersion(table, seen)]))
}

/** The outside systems behind the rows: one hash over those of the inputs. */
function originOf(context: TaskContext): Progress['origin'] {
  const origins = context.node.inputs.map(({ table }) => context.states.get(table)?.progress.origin ?? '')
  return hash([...new Set(origins)].toSorted().join(' '))
}
