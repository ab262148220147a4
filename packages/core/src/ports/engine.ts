import type { Batch, Columns } from '../columns.ts'
import type { Cancel, RunId } from '../words.ts'
import type { FilesSink, Query, RawScan, Scan, Written } from './scan.ts'

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

/** What became of landed files: every row that came in is among the rows or among the rejects. */
export interface Landed extends Written {
  readonly rowsIn: number
  readonly rejected: number
  /** The rejects as rows of `rejectColumns`, ready to be appended to `<table>__rejects`; null when there are none. */
  readonly rejects: Scan | null
}

/** A file that the engine itself writes best; the others are made of the rows that it reads. */
export interface ExportTarget {
  readonly path: string
  readonly format: 'parquet'
}

/** One process that can be killed; statements of one session run one after another. */
export interface Session {
  /** The exact columns of a query, without running it. */
  describe(query: Query): Promise<Columns>
  read(query: Query, cancel: Cancel): AsyncIterable<Batch>
  /** Writes the rows of a query as data files; nothing refers to them until a format stages them. */
  write(query: Query, sink: FilesSink, cancel: Cancel, onProgress?: (now: WriteProgress) => void): Promise<Written>
  /** Writes the good records of raw files as data files and sets the bad ones aside, each with its reason. */
  land(scan: RawScan, sink: FilesSink, cancel: Cancel, onProgress?: (now: WriteProgress) => void): Promise<Landed>
  /** Writes a query's rows to one file for people and programs outside the lake; the path must not exist. */
  export(query: Query, target: ExportTarget, cancel: Cancel): Promise<{ readonly rows: number; readonly bytes: number }>
  close(): Promise<void>
  /** Ends the process at once, whatever it does. */
  kill(): void
}

/** The columns of every table of rejects. Lines count from 1; `column` is empty when the whole record is bad. */
export const rejectColumns: Columns = {
  file: { type: 'string', required: true },
  line: { type: 'int64', required: true },
  column: { type: 'string' },
  raw: { type: 'string' },
  reason: { type: 'string', required: true },
}
