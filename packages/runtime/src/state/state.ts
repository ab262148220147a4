// The journal of Millrace's own work. Invariants:
// 1. The catalog is the truth about tables; state can be deleted and only history of runs is lost.
// 2. A lease is held by one run at a time; its fence grows with every new holder, so a holder that was thought dead and
//    comes back can be told from its successor.
// 3. A publication is recorded as an intent before the catalog is asked and settled after; an open intent of a dead run
//    is settled by asking the catalog whether it knows the publication's id.
// 4. Events are only appended; `number` orders them.
import { type Kysely, sql } from 'kysely'
import type { Event, Instant, Publication, RunId, RunStatus, TableRef } from '@millrace/core'
import { openSqlite, type OpenSqlite, sqliteWhenAsked } from '@millrace/database'
import { migrations } from './migrations.ts'

interface Schema {
  run: {
    id: string
    environment: string
    command: string
    status: 'running' | RunStatus
    started_at: number
    ended_at: number | null
    tasks: number
    pid: number
  }
  event: { number?: number; id: string; run: string; at: number; type: string; body: string }
  lease: { name: string; run: string; pid: number; fence: number; until: number }
  intent: {
    id: string
    run: string
    environment: string
    publication: string
    status: 'open' | 'done' | 'never'
    at: number
  }
  staged: { run: string; name: string; ref: string; at: number }
  pace: { node: string; bytes_per_second: number; runs: number }
}

export interface RunRecord {
  readonly id: RunId
  readonly environment: string
  readonly command: string
  readonly status: 'running' | RunStatus
  readonly startedAt: Instant
  readonly endedAt: Instant | null
  readonly tasks: number
}

export interface LeaseRequest {
  readonly name: string
  readonly run: RunId
  readonly pid: number
  readonly now: Instant
  readonly ms: number
}

/** One that a living process holds. */
export interface Lease {
  readonly name: string
  readonly run: RunId
  readonly pid: number
}

export type LeaseResult =
  | { readonly held: true; readonly fence: number }
  | { readonly held: false; readonly by: RunId; readonly pid: number }

/** A power cut may lose the last events but no table: those are the catalog's. */
const stateAt = (path: string): OpenSqlite => ({ path, migrations, durability: 'normal' })

export class State {
  readonly #db: Kysely<Schema>

  private constructor(db: Kysely<Schema>) {
    this.#db = db
  }

  static async open(path: string): Promise<State> {
    return new State(await openSqlite<Schema>(stateAt(path)))
  }

  /** For who may ask it nothing: it is opened by the first question. */
  static whenAsked(path: string, { readOnly }: { readonly readOnly: boolean }): State {
    return new State(sqliteWhenAsked<Schema>({ ...stateAt(path), readOnly }))
  }

  async startRun(run: RunRecord & { readonly pid: number }): Promise<void> {
    const { id, environment, command, status, tasks, pid } = run
    await this.#db
      .insertInto('run')
      .values({ id, environment, command, status, started_at: run.startedAt, ended_at: null, tasks, pid })
      .execute()
  }

  async endRun(run: RunId, status: RunStatus, at: Instant): Promise<void> {
    await this.#db.updateTable('run').set({ status, ended_at: at }).where('id', '=', run).execute()
  }

  async runs(limit: number): Promise<readonly RunRecord[]> {
    const rows = await this.#db.selectFrom('run').selectAll().orderBy('started_at', 'desc').limit(limit).execute()
    return rows.map((row) => ({
      id: row.id as RunId,
      environment: row.environment,
      command: row.command,
      status: row.status,
      startedAt: row.started_at as Instant,
      endedAt: row.ended_at as Instant | null,
      tasks: row.tasks,
    }))
  }

  async running(): Promise<readonly RunId[]> {
    const rows = await this.#db.selectFrom('run').select('id').where('status', '=', 'running').execute()
    return rows.map((row) => row.id as RunId)
  }

  async append(events: readonly Event[]): Promise<void> {
    if (events.length === 0) return
    const rows = events.map(({ id, run, at, type, ...body }) => ({
      id,
      run,
      at,
      type,
      body: JSON.stringify(body, bigintText),
    }))
    await this.#db.insertInto('event').values(rows).execute()
  }

  async events(run: RunId): Promise<readonly Event[]> {
    const rows = await this.#db.selectFrom('event').selectAll().where('run', '=', run).orderBy('number').execute()
    return rows.map(
      (row) => ({ ...(JSON.parse(row.body) as object), id: row.id, run, at: row.at, type: row.type }) as Event,
    )
  }

  /** Takes a lease that is free, ran out, or belongs to a process that is gone. */
  async claim(request: LeaseRequest, isAlive: (pid: number) => boolean): Promise<LeaseResult> {
    return await this.#db.transaction().execute(async (transaction) => {
      const held = await transaction.selectFrom('lease').selectAll().where('name', '=', request.name).executeTakeFirst()
      const busy = held !== undefined && held.run !== '' && held.until > request.now && isAlive(held.pid)
      if (busy && held.run !== request.run) return { held: false, by: held.run as RunId, pid: held.pid }
      const fence = (held?.fence ?? 0) + 1
      const row = { name: request.name, run: request.run, pid: request.pid, fence, until: request.now + request.ms }
      await transaction
        .insertInto('lease')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
        .execute()
      return { held: true, fence }
    })
  }

  /** false: somebody else holds it now, so whatever was done under it must not be published. */
  async renew(request: LeaseRequest, fence: number): Promise<boolean> {
    const result = await this.#db
      .updateTable('lease')
      .set({ until: request.now + request.ms })
      .where('name', '=', request.name)
      .where('fence', '=', fence)
      .executeTakeFirst()
    return result.numUpdatedRows > 0n
  }

  /** The row stays, so that the fence keeps growing. */
  async release(name: string, fence: number): Promise<void> {
    await this.#db
      .updateTable('lease')
      .set({ run: '', until: 0 })
      .where('name', '=', name)
      .where('fence', '=', fence)
      .execute()
  }

  /** Ends what ran out, but for one run's own: who held it and comes back finds it lost, although nobody has taken it. */
  async endLate(own: RunId, now: Instant): Promise<void> {
    await this.#db
      .updateTable('lease')
      .set((lease) => ({ run: '', until: 0, fence: sql<number>`${lease.ref('fence')} + 1` }))
      .where('until', '<=', now)
      .where('run', 'not in', ['', own])
      .execute()
  }

  async leases(now: Instant, isAlive: (pid: number) => boolean): Promise<readonly Lease[]> {
    const rows = await this.#db
      .selectFrom('lease')
      .selectAll()
      .where('until', '>', now)
      .where('run', '!=', '')
      .execute()
    return rows
      .filter((row) => isAlive(row.pid))
      .map((row) => ({ name: row.name, run: row.run as RunId, pid: row.pid }))
  }

  /** Versions that a run staged, published or not: `--as-of run:ID` shows them until clean-up. */
  async keepStaged(run: RunId, refs: readonly TableRef[], at: Instant): Promise<void> {
    if (refs.length === 0) return
    const rows = refs.map((ref) => ({ run, name: ref.table, ref: JSON.stringify(ref), at }))
    await this.#db
      .insertInto('staged')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['run', 'name'])
          .doUpdateSet((old) => ({ ref: old.ref('excluded.ref'), at: old.ref('excluded.at') })),
      )
      .execute()
  }

  async staged(run: RunId): Promise<readonly TableRef[]> {
    const rows = await this.#db.selectFrom('staged').select('ref').where('run', '=', run).execute()
    return rows.map((row) => JSON.parse(row.ref) as TableRef)
  }

  /** Every version that must still be readable. */
  async stagedSince(at: Instant): Promise<readonly TableRef[]> {
    const rows = await this.#db.selectFrom('staged').select('ref').where('at', '>=', at).execute()
    return rows.map((row) => JSON.parse(row.ref) as TableRef)
  }

  async intend(publication: Publication): Promise<void> {
    await this.#db
      .insertInto('intent')
      .values({
        id: publication.id,
        run: publication.run ?? '',
        environment: publication.environment,
        publication: JSON.stringify(publication),
        status: 'open',
        at: publication.at,
      })
      .execute()
  }

  async settle(id: string, status: 'done' | 'never'): Promise<void> {
    await this.#db.updateTable('intent').set({ status }).where('id', '=', id).execute()
  }

  /** Intents that nobody will settle any more: a run that is under way settles its own. */
  async openIntents(isAlive: (pid: number) => boolean): Promise<readonly Publication[]> {
    const rows = await this.#db
      .selectFrom('intent')
      .leftJoin('run', (join) => join.onRef('run.id', '=', 'intent.run').on('run.status', '=', 'running'))
      .select(['intent.publication', 'run.pid'])
      .where('intent.status', '=', 'open')
      .execute()
    return rows
      .filter((row) => row.pid === null || !isAlive(row.pid))
      .map((row) => JSON.parse(row.publication) as Publication)
  }

  async pace(): Promise<Readonly<Record<string, { bytesPerSecond: number; runs: number }>>> {
    const rows = await this.#db.selectFrom('pace').selectAll().execute()
    return Object.fromEntries(rows.map((row) => [row.node, { bytesPerSecond: row.bytes_per_second, runs: row.runs }]))
  }

  /** Whether any publication is known to have been made. */
  async hasPublished(): Promise<boolean> {
    const found = await this.#db.selectFrom('intent').select('id').where('status', '=', 'done').executeTakeFirst()
    return found !== undefined
  }

  /** A running mean that forgets slowly: machines and data change. */
  async learnPace(node: string, bytesPerSecond: number): Promise<void> {
    await sql`insert into pace (node, bytes_per_second, runs) values (${node}, ${bytesPerSecond}, 1)
      on conflict (node) do update set runs = min(runs + 1, 10),
        bytes_per_second = bytes_per_second + (excluded.bytes_per_second - bytes_per_second) / min(runs + 1, 10)`.execute(
      this.#db,
    )
  }

  /** Closes what dead processes left open and forgets what is old. Answers the runs that were closed. */
  async tidy(before: Instant, now: Instant, isAlive: (pid: number) => boolean): Promise<readonly RunId[]> {
    const running = await this.#db.selectFrom('run').select(['id', 'pid']).where('status', '=', 'running').execute()
    const dead = running.filter((row) => !isAlive(row.pid)).map((row) => row.id)
    for (const id of dead) {
      const status = (await this.#hadPublished(id)) ? 'ok' : 'failed'
      await this.#db.updateTable('run').set({ status, ended_at: now }).where('id', '=', id).execute()
    }
    const old = sql`(select id from run where ended_at < ${before})`
    await sql`delete from event where run in ${old}`.execute(this.#db)
    await sql`delete from staged where at < ${before}`.execute(this.#db)
    await sql`delete from intent where status != 'open' and at < ${before}`.execute(this.#db)
    await sql`delete from run where ended_at < ${before}`.execute(this.#db)
    return dead as RunId[]
  }

  /** Whether a run that died had done all that it came for: its tables were published, and none of its tasks had failed. */
  async #hadPublished(run: string): Promise<boolean> {
    const { rows } = await sql<{ published: number; failed: number }>`select
      exists (select 1 from intent where run = ${run} and status = 'done') as published,
      exists (select 1 from event where run = ${run} and type = 'task.ended' and body ->> 'status' = 'failed') as failed`.execute(
      this.#db,
    )
    return rows[0]?.published === 1 && rows[0].failed === 0
  }

  async close(): Promise<void> {
    await this.#db.destroy()
  }
}

const bigintText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)
