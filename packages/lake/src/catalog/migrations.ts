import type { Migration } from '@millrace/database'
import { sql } from 'kysely'

/** Only ever append: catalogs of every released version are brought to the newest layout when they are opened. */
export const migrations: readonly Migration[] = [
  {
    name: 'iceberg jdbc layout',
    up: async (db) => {
      // A catalog that another program began has these already.
      await sql`create table if not exists iceberg_tables (
        catalog_name varchar(255) not null,
        table_namespace varchar(255) not null,
        table_name varchar(255) not null,
        metadata_location varchar(1000),
        previous_metadata_location varchar(1000),
        iceberg_type varchar(5),
        primary key (catalog_name, table_namespace, table_name))`.execute(db)
      await sql`create table if not exists iceberg_namespace_properties (
        catalog_name varchar(255) not null,
        namespace varchar(255) not null,
        property_key varchar(255) not null,
        property_value varchar(1000),
        primary key (catalog_name, namespace, property_key))`.execute(db)
    },
  },
  {
    name: 'environments and publications',
    up: async (db) => {
      await sql`create table environment (name text primary key, base text, base_at text, head text) strict`.execute(db)
      await sql`create table generation (environment text primary key, number integer not null) strict`.execute(db)
      await sql`create table publication (
        number integer primary key autoincrement,
        id text not null unique,
        environment text not null,
        parent text,
        at integer not null,
        ordered_at integer not null,
        run text,
        moves text not null,
        note text) strict`.execute(db)
      await sql`create index publication_environment on publication (environment, number)`.execute(db)
      await sql`create index publication_time on publication (ordered_at)`.execute(db)
      await sql`create table overlay (
        environment text not null,
        table_name text not null,
        ref text,
        primary key (environment, table_name)) strict`.execute(db)
      await sql`create table overlay_log (
        publication integer not null references publication (number),
        environment text not null,
        table_name text not null,
        kind text not null,
        ref text,
        primary key (environment, table_name, publication)) strict`.execute(db)
      await sql`create table table_state (version text primary key, state text not null) strict`.execute(db)
    },
  },
]
