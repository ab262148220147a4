import { zstdLevel } from '../packages/engine-duckdb/src/write/copy-sql.ts'
import type { Benchmark, Contestant } from './harness/benchmark.ts'
import { packed, script } from './harness/millrace.ts'
import { makeOrders, orderRows, ordersCsv, ordersProject } from './harness/orders.ts'
import { writeProject } from './harness/place.ts'
import { peersPython } from './peers.ts'

const memory = '2GB'
const little = '512MB'

const python = (tool: string, name: string): Contestant => ({
  name,
  python: 'tables',
  command: (place) => ({
    file: peersPython,
    args: [`${import.meta.dirname}/contestants/csv_load.py`, tool, ordersCsv(place), place.work],
  }),
})

/** Bare DuckDB at the level of zstd that it has by itself, and at the one that we write with. */
const atOurLevel = `DuckDB COPY, zstd ${zstdLevel}`
const copy = (name: string, settings: readonly string[]): Contestant => ({
  name,
  command: (place) => script('copy-by-day.ts', [ordersCsv(place), place.work, memory, ...settings]),
})

const run = (name: string, engineMemory: string): Contestant => ({
  name,
  ready: (place) => writeProject(place.work, ordersProject(ordersCsv(place), engineMemory)),
  command: ({ work }) => packed(['run', '--project', work]),
})

export const benchmark: Benchmark = {
  name: 'csv',
  about: 'CSV to Parquet by day; ours, delta-rs and PyIceberg publish a table, the others leave bare files',
  sizes: (small) => ({ rows: orderRows(small), engineMemory: memory }),
  budget: [
    { of: 'millrace run', times: 1.1, peer: 'DuckDB COPY' },
    { of: 'millrace run', times: 1.1, peer: atOurLevel },
    { of: 'millrace run', times: 1, peer: 'PyIceberg' },
    { of: 'millrace run', times: 1, peer: 'delta-rs' },
    { of: `millrace run, ${little}`, megabytes: 1000 },
  ],
  prepare: makeOrders,
  ours: [run('millrace run', memory), run(`millrace run, ${little}`, little)],
  peers: [
    copy('DuckDB COPY', []),
    copy(atOurLevel, [`${zstdLevel}`]),
    python('polars', 'Polars sink'),
    python('pyiceberg', 'PyIceberg'),
    python('delta', 'delta-rs'),
  ],
}
