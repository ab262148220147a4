import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Columns, RawScan } from '@millrace/core'
import { type Bench, fieldsOf, never, query, sinkOf } from './bench-session.ts'

/** A value that is none of its type. */
export const reject: unique symbol = Symbol('a reject')
export type Expected = readonly (readonly [text: string, becomes: unknown])[]

let puts = 0

export interface Landed {
  readonly rows: readonly unknown[]
  readonly rejects: readonly unknown[]
}

/** Lands one text a line in column `v`, which is read back as `shown`; a column of JSON makes all of the file go the exact way. */
export async function land(
  bench: Bench,
  text: string,
  columns: Columns,
  format: 'csv' | 'json',
  options: RawScan['options'],
  shown = 'v',
): Promise<Landed> {
  const path = join(bench.folder, `v-${++puts}.${format}`)
  writeFileSync(path, text)
  const header = format === 'csv' ? Object.keys(columns) : []
  const files = [{ path, bytes: Buffer.byteLength(text), header }]
  const sink = sinkOf(join(bench.folder, `o-${++puts}`), columns)
  const landed = await bench.session.land({ via: 'raw', format, columns, files, options }, sink, never)
  const fields = fieldsOf(columns)
  const groups = [{ fields, files: landed.files }]
  const table = { via: 'files', fields, groups, total: { files: 0, rows: 0, bytes: 0 } } as const
  const rows = await bench.rows(query(`select n, ${shown} as v from t order by n`, { t: table }))
  const rejects =
    landed.rejects === null
      ? []
      : await bench.rows(query('select line, "column", raw, reason from r order by line', { r: landed.rejects }))
  return { rows: rows.map((row) => [row['n'], row['v']]), rejects: rejects.map((one) => Object.values(one)) }
}
