import type { Batch, Columns } from '../columns.ts'
import type { Cancel, RunId } from '../words.ts'
import type { FilesSink, Query, Scan, Written } from './scan.ts'

/** What an engine can do is declared; nobody asks for its name. */
export interface Engine {
  readonly name: string
  readonly dialect: string
  readonly scans: readonly Scan['via'][]
  open(scope: EngineScope): Promise<Session>
  close(): Promise<void>
}

export interface EngineScope {
  readonly run: RunId
  readonly memoryBytes: number
  readonly threads: number
  /** A folder of this scope alone, for spilling; the engine may leave nothing there. */
  readonly spill: string
}

export interface WriteProgress {
  readonly rows: number
  readonly bytes: number
  readonly fraction?: number
}

/** One process that can be killed; statements of one session run one after another. */
export interface Session {
  /** The exact columns of a query, without running it. */
  describe(query: Query): Promise<Columns>
  read(query: Query, cancel: Cancel): AsyncIterable<Batch>
  /** Writes the rows of a query as data files; nothing refers to them until a format stages them. */
  write(query: Query, sink: FilesSink, cancel: Cancel, onProgress?: (now: WriteProgress) => void): Promise<Written>
  close(): Promise<void>
  /** Ends the process at once, whatever it does. */
  kill(): void
}
