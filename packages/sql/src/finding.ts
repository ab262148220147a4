import type { Code } from '@millrace/core'

/** A mistake in one text, before it is known which file the text came from. */
export interface Finding {
  readonly code: Code
  readonly params: Readonly<Record<string, unknown>>
  /** In UTF-16 units from the start of the text; null where DuckDB tells no place. */
  readonly at: number | null
  readonly candidates?: readonly string[]
  /** A bare word such as `current_date`: no mistake where an input has a column of this name. */
  readonly unlessColumn?: string
}
