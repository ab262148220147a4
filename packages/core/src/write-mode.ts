/** One column or several, in this order. */
export type Key = string | readonly string[]

/** How new rows meet old ones; one spelling in TypeScript and in the YAML header. */
export type WriteMode =
  | 'view'
  | 'append'
  | 'replace'
  | { readonly interval: string }
  | { readonly merge: Key; readonly newest?: string }
  | {
      readonly history: Key
      readonly type: 1 | 2
      readonly changedAt?: string
      readonly track?: readonly string[]
    }

export type WriteKind = 'view' | 'append' | 'replace' | 'interval' | 'merge' | 'history'

/** The kind of a write, whatever its settings.
 *
 * ```ts
 * import { writeKind } from '@millrace/core'
 * writeKind({ merge: 'order_id' }) //=> 'merge'
 * ```
 */
export function writeKind(write: WriteMode): WriteKind {
  if (typeof write === 'string') return write
  if ('interval' in write) return 'interval'
  return 'merge' in write ? 'merge' : 'history'
}

/** A key as a list of columns. */
export function keyColumns(key: Key): readonly string[] {
  return typeof key === 'string' ? [key] : key
}
