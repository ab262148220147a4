import { mkdir } from 'node:fs/promises'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { pinnedStatements } from '@millrace/sql/duckdb'
import { registerPlaces } from '../land/places-function.ts'
import type { SessionLimits } from '../session-limits.ts'
import { literal } from '../sql/quote.ts'
import { registerHashes } from '../write/hash.ts'

/** The one DuckDB of a worker process, in memory. */
export class Database {
  private instance: DuckDBInstance | null = null
  private made: DuckDBConnection | null = null
  private limits: SessionLimits | null = null
  private hashes = false
  private places = false

  get connection(): DuckDBConnection {
    if (this.made === null) throw new Error('no database is open')
    return this.made
  }

  get memoryBytes(): number {
    return this.limits?.memoryBytes ?? 0
  }

  /** The folder for what does not fit in memory; files made here live as long as the session's scope. */
  get spill(): string {
    return this.limits?.spill ?? ''
  }

  async use(limits: SessionLimits): Promise<void> {
    if (this.limits?.spill !== limits.spill && !(await this.moveSpill(limits.spill))) await this.open(limits)
    if (this.limits?.memoryBytes !== limits.memoryBytes) await this.run(memoryStatement(limits.memoryBytes))
    if (this.limits?.threads !== limits.threads) await this.run(`SET threads = ${limits.threads}`)
    this.limits = limits
  }

  /** DuckDB refuses to move its temporary folder once it has spilled; only then is it made anew. */
  private async moveSpill(spill: string): Promise<boolean> {
    if (this.made === null) return false
    await mkdir(spill, { recursive: true })
    try {
      await this.run(`SET temp_directory = ${literal(spill)}`)
      return true
    } catch {
      return false
    }
  }

  private async open(limits: SessionLimits): Promise<void> {
    this.made?.closeSync()
    this.instance?.closeSync()
    await mkdir(limits.spill, { recursive: true })
    this.instance = await DuckDBInstance.create(':memory:', { threads: `${limits.threads}` })
    this.made = await this.instance.connect()
    this.hashes = false
    this.places = false
    this.limits = null
    const settings = [
      ...pinnedStatements(),
      `SET temp_directory = ${literal(limits.spill)}`,
      'SET preserve_insertion_order = false',
      'SET enable_progress_bar = true',
      'SET enable_progress_bar_print = false',
    ]
    for (const setting of settings) await this.run(setting)
  }

  /** Does work that is not asked of DuckDB how far it has got: its progress bar costs time. */
  async withoutProgress<T>(work: () => Promise<T>): Promise<T> {
    await this.run('SET enable_progress_bar = false')
    try {
      return await work()
    } finally {
      await this.run('SET enable_progress_bar = true')
    }
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql)
  }

  /** The rows of a small result of our own. */
  async rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const reader = await this.connection.runAndReadAll(sql)
    return reader.getRowObjectsJS()
  }

  withPlaces(): void {
    if (!this.places) registerPlaces(this.connection)
    this.places = true
  }

  async withHashes(): Promise<void> {
    if (this.hashes) return
    await registerHashes(this.connection)
    this.hashes = true
  }
}

const memoryStatement = (bytes: number): string => `SET memory_limit = '${Math.floor(bytes / 1024)}KiB'`
