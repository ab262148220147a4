/** So many of something, as a person says it.
 *
 * ```ts
 * import { counted } from '@millrace/core'
 * counted(1, 'row') //=> '1 row'
 * counted(2, 'row repeats', 'rows repeat') //=> '2 rows repeat'
 * ```
 */
export function counted(amount: number, one: string, more: string = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : more}`
}
