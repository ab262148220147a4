import { MillraceError, type TableRef } from '@millrace/core'
import { openTable, readBytes, type Surroundings } from './table-files.ts'

/** Whether a version can still be read. Its own metadata may outlive it: later metadata names it as one of those before. */
export async function isKept(around: Surroundings, ref: TableRef): Promise<boolean> {
  try {
    const { head } = await openTable(around, ref)
    if (head !== null) await readBytes(around, head['manifest-list'], [0, 1])
    return true
  } catch (error) {
    if (error instanceof MillraceError && error.issues.every(isMissing)) return false
    throw error
  }
}

/** A file that is not there. */
const isMissing = ({ code, params }: MillraceError['issues'][number]): boolean =>
  code === 'lake/corrupt' && params['problem'] === 'it is not there'
