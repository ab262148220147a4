/** Nested values of delimited files are JSON inside of fields, which is rewritten so that DuckDB keeps it as it is written. */
import type { DataType, RawScan } from '@millrace/core'
import { type CsvOptions, csvOptions } from '../scan/csv-options.ts'
import { fieldsOf } from '../scan/raw.ts'
import type { Sorting } from './clean-copy.ts'
import { exactValue } from './exact-json.ts'

/** What rewrites the nested values of a good record; nothing where a file has none. */
export function nestedFields(scan: RawScan, header: readonly string[]): Pick<Sorting, 'mend'> {
  const types = fieldsOf(scan, header).map((field) =>
    field === null || field === 'empty' || typeof field.type === 'string' ? null : field.type,
  )
  if (types.every((type) => type === null)) return {}
  const last = types.findLastIndex((type) => type !== null)
  const options = csvOptions(scan)
  const pattern = fieldPattern(options)
  return {
    mend: (bytes, start, end) => {
      const record = bytes.toString('utf8', start, end)
      const out: string[] = []
      let at = 0
      for (let i = 0; i <= last && at <= record.length; i++) {
        pattern.lastIndex = at
        const field = pattern.exec(record)?.[0] ?? ''
        const behind = at + field.length + options.delimiter.length
        out.push(fieldKept(field, types[i] ?? null, options) ?? field, record.slice(at + field.length, behind))
        at = behind
      }
      out.push(record.slice(at))
      return Buffer.from(out.join(''))
    },
  }
}

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|-]/g, String.raw`\$&`)

function fieldPattern({ delimiter, quote, escape }: CsvOptions): RegExp {
  const plain = `[^${literally(delimiter)}]*`
  if (quote === '') return new RegExp(plain, 'y')
  const [q, e] = [literally(quote), literally(escape)]
  const inside = escape === quote ? `(?:[^${q}]|${q}${q})*` : `(?:[^${q}${e}]|${e}[${q}${e}]?)*`
  return new RegExp(`${q}${inside}${q}|${plain}`, 'y')
}

/** A field with its value as it is to be kept; null where it is so already. */
function fieldKept(field: string, type: DataType | null, { quote, escape }: CsvOptions): string | null {
  if (type === null) return null
  const isQuoted = quote !== '' && field.startsWith(quote)
  const escaped = new RegExp(`${literally(escape)}([${literally(quote)}${literally(escape)}])`, 'g')
  const text = isQuoted ? field.slice(1, -1).replaceAll(escaped, '$1') : field
  const exact = exactValue(text, type)
  if (exact === null || quote === '') return exact
  const special = new RegExp(`[${literally(quote)}${literally(escape)}]`, 'g')
  return quote + exact.replaceAll(special, (one) => escape + one) + quote
}
