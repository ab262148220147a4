import type { RawScan } from '@millrace/core'

/** How a delimited file is written: fixed when it was first looked at, never guessed again. */
export interface CsvOptions {
  readonly delimiter: string
  readonly quote: string
  readonly escape: string
  readonly header: boolean
  readonly nullText: string
  readonly dateFormat: string | null
  readonly timestampFormat: string | null
  readonly decimal: string
  /** A quoted field that has not closed after this much makes its first line a reject. */
  readonly maxQuotedBytes: number
  readonly maxQuotedLines: number
  /** Records longer than this are rejects. */
  readonly maxRecordBytes: number
}

const megabyte = 1 << 20

export function csvOptions(scan: RawScan): CsvOptions {
  const text = (name: string, otherwise: string): string => {
    const value = scan.options[name]
    return typeof value === 'string' ? value : otherwise
  }
  const number = (name: string, otherwise: number): number => {
    const value = scan.options[name]
    return typeof value === 'number' ? value : otherwise
  }
  const format = (name: string): string | null => (text(name, '') === '' ? null : text(name, ''))
  return {
    delimiter: text('delimiter', ','),
    quote: text('quote', '"'),
    escape: text('escape', text('quote', '"')),
    header: scan.options['header'] !== false,
    nullText: text('nullText', ''),
    dateFormat: format('dateFormat'),
    timestampFormat: format('timestampFormat'),
    decimal: text('decimal', '.'),
    maxQuotedBytes: number('maxQuotedBytes', megabyte),
    maxQuotedLines: number('maxQuotedLines', 1000),
    maxRecordBytes: number('maxRecordBytes', 64 * megabyte),
  }
}
