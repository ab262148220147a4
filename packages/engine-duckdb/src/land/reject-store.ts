import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { type Batch, type Dict, rejectColumns, type Scan } from '@millrace/core'
import { statSync } from 'node:fs'
import { batchOf } from '../arrow/build.ts'
import { identifier, literal } from '../sql/quote.ts'
import { toDuckType } from '@millrace/sql/duckdb'
import type { Database } from '../worker/database.ts'
import { appendBatches } from '../worker/append.ts'

/** A record that could not become a row. */
export interface Reject {
  readonly file: string
  readonly line: number
  readonly column: string | null
  readonly raw: string | null
  readonly reason: string
}

/** Up to this many rejects travel with the answer; more are left in a file. */
const carriedRejects = 10_000

const definition = Object.entries(rejectColumns).map(([name, spec]) => `${identifier(name)} ${toDuckType(spec.type)}`)

/** The rejects of one load, in a table of the engine: a file of nothing but bad records does not fill the memory. */
export class RejectStore {
  readonly table: string = `millrace_rejects_${randomUUID().replaceAll('-', '')}`
  private readonly database: Database
  private waiting: Reject[] = []

  constructor(database: Database) {
    this.database = database
  }

  async open(): Promise<void> {
    await this.database.run(`CREATE TABLE ${this.table} (${definition.join(', ')})`)
  }

  async add(rejects: readonly Reject[]): Promise<void> {
    for (const reject of rejects) this.waiting.push(reject)
    if (this.waiting.length >= 2048) await this.flush()
  }

  /** Forgets what was set aside: its files are read anew. */
  async clear(): Promise<void> {
    this.waiting = []
    await this.database.run(`DELETE FROM ${this.table}`)
  }

  private async flush(): Promise<void> {
    const rows: readonly Dict<unknown>[] = this.waiting.map((reject) => ({ ...reject, line: BigInt(reject.line) }))
    this.waiting = []
    if (rows.length > 0) await appendBatches(this.database, this.table, batchOf(rejectColumns, rows))
  }

  async count(): Promise<number> {
    await this.flush()
    const [first] = await this.database.rows(`SELECT count(*)::INTEGER AS n FROM ${this.table}`)
    return Number(first?.['n'] ?? 0)
  }

  /** How many there are, and a scan of them that outlives this process. */
  async take(spill: string): Promise<{ readonly count: number; readonly scan: Scan | null }> {
    const count = await this.count()
    if (count === 0) return { count, scan: null }
    const scan = count <= carriedRejects ? await this.carried() : await this.spooled(spill)
    return { count, scan }
  }

  private ordered(): string {
    return `SELECT * FROM ${this.table} ORDER BY file, line`
  }

  private async carried(): Promise<Scan> {
    const rows = await this.database.rows(this.ordered())
    const batch: Batch = batchOf(rejectColumns, rows)
    return { via: 'batches', columns: rejectColumns, batches: [batch.arrow] }
  }

  private async spooled(spill: string): Promise<Scan> {
    const path = join(spill, `rejects-${randomUUID()}.parquet`)
    await this.database.run(`COPY (${this.ordered()}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`)
    const file = { path, bytes: statSync(path).size, header: [] }
    return { via: 'raw', format: 'parquet', columns: rejectColumns, files: [file], options: {} }
  }

  async close(): Promise<void> {
    await this.database.run(`DROP TABLE IF EXISTS ${this.table}`)
  }
}
