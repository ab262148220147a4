import { type Kysely, sql } from 'kysely'
import type { Migration } from '@millrace/database'

/** Layout of state.db. Only ever append; the catalog, not this file, is the truth about tables. */
export const migrations: readonly Migration[] = [
  {
    name: 'runs, events, leases, intents, pace',
    up: async (db: Kysely<unknown>) => {
      await sql`create table run (
        id text primary key, environment text not null, command text not null, status text not null,
        started_at integer not null, ended_at integer, tasks integer not null, pid integer not null)`.execute(db)
      await sql`create index run_by_start on run (started_at)`.execute(db)
      await sql`create table event (
        number integer primary key autoincrement, id text not null unique, run text not null, at integer not null,
        type text not null, body text not null)`.execute(db)
      await sql`create index event_by_run on event (run, number)`.execute(db)
      await sql`create table lease (
        name text primary key, run text not null, pid integer not null, fence integer not null, until integer not null)`.execute(
        db,
      )
      await sql`create table intent (
        id text primary key, run text not null, environment text not null, publication text not null,
        status text not null, at integer not null)`.execute(db)
      await sql`create table staged (
        run text not null, name text not null, ref text not null, at integer not null, primary key (run, name))`.execute(
        db,
      )
      await sql`create table pace (
        node text primary key, bytes_per_second real not null, runs integer not null)`.execute(db)
    },
  },
]
