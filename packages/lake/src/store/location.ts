import { fail } from '@millrace/core'

const scheme = 'file://'

/** A local path as the URI that tables record.
 *
 * Not percent-encoded: other readers take the text after the scheme for the path as it is. What a URI parser would cut
 * off (`?`, `#`) or decode (`%`) is refused where a table's folder is chosen.
 */
export function toUri(path: string): string {
  return path.startsWith('/') ? `${scheme}${path}` : `${scheme}/${path.replaceAll('\\', '/')}`
}

/** The local path of a location that we or others have written: `file:///x`, `file:/x` or a bare path. */
export function toPath(location: string): string {
  const path = location.replace(/^file:(?:\/\/)?(?=\/)/, '')
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path
}

/** Refuses a folder that some readers of the table would take for another one. */
export function checkLocation(location: string): void {
  const character = /[?#]|%[0-9A-Fa-f]{2}/.exec(location)?.[0]
  if (character !== undefined) fail('lake/bad-location', { location, character })
}
