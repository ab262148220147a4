import type { CodeRef, Scalar, TableName } from '../words.ts'

/** A promise about a column or a table. Those that name no column belong to a table. */
export type CheckRule =
  | 'not_null'
  | 'unique'
  | { readonly unique: readonly string[] }
  | { readonly rows: { readonly min?: number; readonly max?: number } }
  | { readonly fresh: string; readonly by?: string }
  | { readonly expression: string }
  | { readonly type: string }
  | { readonly min: Scalar }
  | { readonly max: Scalar }
  | { readonly in: readonly Scalar[] }
  | { readonly match: string }
  | { readonly refers: `${TableName}.${string}` }
  | { readonly sql: string }
  | { readonly code: CodeRef }

export type OnFailure = 'block' | 'warn' | 'quarantine'

/** What a user writes: a bare rule blocks. */
export type Check =
  | CheckRule
  | { readonly rule: CheckRule; readonly on?: OnFailure; readonly where?: string; readonly name?: string }

/** A subset of columns that consumers may rely on. */
export interface Contract {
  readonly owner: string
  readonly columns: readonly string[]
}
