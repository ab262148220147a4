import { type Issue, issue } from './issue.ts'

const codes = new Set([
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EROFS',
  'EACCES',
  'EPERM',
  'EMFILE',
  'EIO',
  'EEXIST',
  'ENOTDIR',
  'EISDIR',
])

/** What the operating system said of a file or a folder, as an issue; null: the error is of another kind.
 *
 * ```ts
 * import { fileSystemIssue } from '@millrace/core'
 * fileSystemIssue(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }))?.code //=> 'command/file-system'
 * ```
 */
export function fileSystemIssue(error: unknown): Issue | null {
  if (!(error instanceof Error) || !('code' in error) || !codes.has(String(error.code))) return null
  return issue('command/file-system', { message: error.message })
}
