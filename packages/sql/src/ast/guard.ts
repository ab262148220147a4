import type { Code } from '@millrace/core'
import type { AstNode } from './node.ts'

/** A rule over one node of the tree; `at` in bytes, null where the tree knows no place. */
export interface Breach {
  readonly code: Code
  readonly params: Readonly<Record<string, unknown>>
  readonly at: number | null
  /** Where the tree has no place: the first of this keyword in the text. */
  readonly keyword?: string
  readonly unlessColumn?: string
}

/** What lies around a node. */
export interface Around {
  /** Names of the functions that enclose it directly, the innermost first: `list_sort(list(x))`. */
  readonly inside: string
  /** Under `exists (...)` only the presence of a row matters. */
  readonly onlyExistence: boolean
}

export type Guard = (node: AstNode, around: Around) => Breach | null
