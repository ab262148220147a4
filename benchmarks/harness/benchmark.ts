/** Where one benchmark keeps its data, and how large that is to be. */
export interface Place {
  /** Kept from run to run: what `prepare` makes. */
  readonly data: string
  /** Emptied before each repetition of each contestant. */
  readonly work: string
  readonly small: boolean
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Who shares one environment of Python. */
export type PythonPeers = 'tables' | 'dbt'

/**
 * One way of doing the work, measured from the start of its process to its end. A contestant whose last line on stdout is
 * `{"seconds": ...}` has taken the time itself, where loading or starting is not what is compared.
 */
export interface Contestant {
  readonly name: string
  /** Before each repetition, not measured. */
  readonly ready?: (place: Place) => void | Promise<void>
  readonly command: (place: Place) => Command
  /** Needs this Python of `peers.ts`; left out of small runs. */
  readonly python?: PythonPeers
}

/** A promise about one of ours, held against a peer of the same session or against a plain number. */
export type Rule =
  | { readonly of: string; readonly times: number; readonly peer: string }
  | { readonly of: string; readonly seconds: number; readonly over?: string }
  | { readonly of: string; readonly megabytes: number }

/** What every file of this folder exports. */
export interface Benchmark {
  readonly name: string
  /** What is measured, in a sentence. */
  readonly about: string
  /** Sizes, for the results. */
  readonly sizes: (small: boolean) => Readonly<Record<string, number | string>>
  readonly budget: readonly Rule[]
  /** Makes the data where it is not there yet. */
  readonly prepare: (place: Place) => void | Promise<void>
  readonly repetitions?: number
  readonly ours: readonly Contestant[]
  readonly peers: readonly Contestant[]
}
