import { plainRow } from '@millrace/runtime'

/** A cell as text: what is not a plain value becomes JSON. */
export function cellText(value: unknown): string {
  if (typeof value === 'string') return value
  const plain = plainRow({ value })['value']
  return typeof plain === 'string' ? plain : JSON.stringify(plain)
}
