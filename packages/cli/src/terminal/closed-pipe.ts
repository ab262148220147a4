/** Whether a write failed because nobody reads any more: no mistake of the user's, and no reason to say anything. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}
