import {
  type Columns,
  printInterval,
  printType,
  type Publication,
  type TableRef,
  type TableState,
  type Version,
} from '@millrace/core'
import { isKept, openQueries, pinsAt, prepareDiff, type Queries, stateOf, tableRef } from '@millrace/runtime'
import { batchRows, plainRow } from '@millrace/runtime'
import { flag, type Input, text } from '../command.ts'
import { bytes, count, plural } from '../terminal/format.ts'
import { grid } from '../terminal/grid.ts'
import { screen } from '../terminal/screen.ts'
import { cellText } from './cell-text.ts'
import { tableArgument } from './table-argument.ts'

interface Seen {
  readonly ref: TableRef
  readonly state: TableState
  readonly versions: readonly Version[]
  readonly publications: readonly Publication[]
}

export async function run(input: Input): Promise<number> {
  const name = tableArgument(input)
  const queries = await openQueries({ dir: text(input, 'project'), environment: text(input, 'env'), reads: true })
  try {
    const { lakehouse } = queries
    const ref = tableRef(await pinsAt(lakehouse, undefined), name, lakehouse.environment)
    const since = text(input, 'diff')
    if (since !== undefined) return await diff(queries, ref, since, input)
    const isView = ref.format === 'view'
    const log = await lakehouse.catalog.log(lakehouse.environment)
    const publications = await readable(queries, ref, log)
    const read = async (): Promise<Seen> => ({
      ref,
      state: await stateOf(lakehouse, ref),
      versions: isView ? [] : await lakehouse.format.versions(ref),
      publications,
    })
    const seen = await read().catch((error: unknown) => {
      // What a damaged table can be rolled back to is told before what is wrong with it.
      const rest = publications.length > 0 ? publicationList(ref, publications) : noneLeft(ref)
      if (!input.json) process.stdout.write(`${rest}\n`)
      throw error
    })
    if (input.json) process.stdout.write(`${JSON.stringify(plain(seen), bigints, 2)}\n`)
    else await show(queries, seen, flag(input, 'files'))
    return 0
  } finally {
    await queries.close()
  }
}

const noneLeft = ({ table }: TableRef): string => `No publication of ${table} can be shown any more.`

/** The publications of a table that can still be asked for. */
async function readable(
  { lakehouse }: Queries,
  { table }: TableRef,
  log: readonly Publication[],
): Promise<readonly Publication[]> {
  const kept: Publication[] = []
  // One after the other: each has metadata of its own, which names all versions before it.
  for (const one of log) {
    const to = one.moves.find((move) => move.table === table)?.to
    if (to !== undefined && (to === null || (await isKept(lakehouse, to).catch(() => false)))) kept.push(one)
  }
  return kept
}

const bigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)

function plain({ ref, state, versions, publications }: Seen): object {
  const { columns, progress, rows, bytes: size, files, made, shape } = state
  return {
    table: ref.table,
    format: ref.format,
    uuid: state.ref.uuid,
    foreign: ref.foreign === true,
    location: ref.location,
    version: ref.version,
    metadata: ref.format === 'view' ? null : ref.version.replace(/#.*$/, ''),
    columns: typesOf(columns),
    partition: shape.partition,
    rows,
    bytes: size,
    files,
    progress,
    made,
    versions: versions.map((one) => ({
      id: one.id,
      at: new Date(one.at).toISOString(),
      operation: one.operation,
      rows: one.rows,
      added: one.added,
      removed: one.removed,
    })),
    publications: publications.map((one) => ({ id: one.id, at: new Date(one.at).toISOString(), run: one.run })),
  }
}

const typesOf = (columns: Columns): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, printType(type)]))

async function show(queries: Queries, { ref, state, versions, publications }: Seen, files: boolean): Promise<void> {
  const paper = screen(process.stdout)
  const { paint } = paper
  const out = (line: string): void => void process.stdout.write(`${line}\n`)
  out(
    `${paint('bold', ref.table)}  ${ref.format === 'view' ? 'view' : `${plural(state.rows, 'row')} in ${plural(state.files, 'file')}, ${bytes(state.bytes)}`}`,
  )
  if (ref.location !== '') out(paint('dim', ref.location))
  if (ref.foreign === true) out('made by another program; it can be read here, and no run writes it')
  out(
    `\n${grid(
      ['column', 'type', 'note'],
      Object.entries(state.columns).map(([name, one]) => [name, printType(one.type), one.note ?? '']),
      paper,
    )}`,
  )
  if (state.shape.partition.length > 0)
    out(`\npartitioned by ${state.shape.partition.map((one) => one.name).join(', ')}`)
  for (const one of state.progress.covered) out(paint('dim', `filled ${printInterval(one.interval)}`))
  if (versions.length > 0) {
    const rows = versions
      .slice(0, 20)
      .map((one) => [
        one.id,
        time(one.at),
        one.operation,
        count(one.rows),
        `+${count(one.added)}`,
        `-${count(one.removed)}`,
      ])
    out(
      `\n${grid(['version', 'at', 'operation', 'rows', 'added', 'removed'], rows, paper, { right: new Set([3, 4, 5]) })}`,
    )
  }
  if (publications.length > 0) out(`\n${publicationList(ref, publications)}`)
  if (files && ref.format !== 'view') await showFiles(queries, ref)
}

async function showFiles(queries: Queries, ref: TableRef): Promise<void> {
  const scan = await queries.lakehouse.format.offer(ref)
  const rows = scan.groups.flatMap((group) =>
    group.files.map((file) => [
      file.path.slice(ref.location.length + 1),
      count(file.rows),
      bytes(file.bytes),
      file.partition.map(String).join(', '),
    ]),
  )
  process.stdout.write(
    `\n${grid(['file', 'rows', 'size', 'partition'], rows, screen(process.stdout), { right: new Set([1, 2]), most: 120 })}\n`,
  )
}

function publicationList({ table }: TableRef, publications: readonly Publication[]): string {
  const rows = publications
    .slice(0, 10)
    .map((one) => [
      one.id.slice(0, 8),
      time(one.at),
      one.run ?? one.moves.find((move) => move.table === table)?.how ?? '',
    ])
  return grid(['publication', 'at', 'by'], rows, screen(process.stdout))
}

const time = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`

/** Rows that only one of two versions has. */
async function diff(queries: Queries, ref: TableRef, since: string, input: Input): Promise<number> {
  const query = await prepareDiff(queries.lakehouse, ref, since)
  const session = await queries.session()
  const rows: Readonly<Record<string, unknown>>[] = []
  let more = 0
  for await (const batch of session.read(query, queries.cancel)) {
    for (const row of batchRows(batch))
      if (rows.length < 1000) rows.push(plainRow(row))
      else more += 1
  }
  if (input.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  else if (rows.length === 0) process.stderr.write(`${ref.table} has the same rows as it had then.\n`)
  else {
    const head = Object.keys(rows[0] ?? {})
    const cells = rows.slice(0, 50).map((row) => head.map((name) => (row[name] === null ? '' : cellText(row[name]))))
    process.stdout.write(`${grid(head, cells, screen(process.stdout))}\n`)
    if (rows.length + more > 50)
      process.stderr.write(`${count(rows.length + more - 50)} more rows differ; --json shows up to 1,000\n`)
  }
  return 0
}
