import type { Written } from '@millrace/core'

/** Several writes as one. */
export function addUp(parts: readonly Written[]): Written {
  return {
    files: parts.flatMap((part) => part.files),
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
  }
}
