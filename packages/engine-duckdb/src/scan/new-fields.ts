import type { RawScan } from '@millrace/core'

export type NewFields = 'reject' | 'ignore'

/** What becomes of values that the table has no place for: they are left out only where that was asked for. */
export const newFieldsOf = (scan: RawScan): NewFields => (scan.options['newColumns'] === 'ignore' ? 'ignore' : 'reject')
