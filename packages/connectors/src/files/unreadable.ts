import { fail, MillraceError } from '@millrace/core'

/** What an engine says of a query over a file that it cannot read, said of the file. */
export function failUnreadable(path: string, error: unknown): never {
  const [first] = error instanceof MillraceError ? error.issues : []
  if (first?.code !== 'engine/query-failed') throw error
  return fail('files/unreadable', { path, problem: String(first.params['message']).split('\n')[0] ?? '' })
}
