import type {
  Cancel,
  Columns,
  DataType,
  Engine,
  Field,
  FieldType,
  FilesScan,
  FilesSink,
  Query,
  RunId,
  Session,
  Written,
} from '@millrace/core'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duckdbEngine, type Row, rowsOf } from '../src/index.ts'

export const never: Cancel = { aborted: false, throwIfAborted: () => undefined }

/** An engine, one session and a folder of their own; closed together. */
export interface Bench {
  readonly engine: Engine
  readonly session: Session
  readonly folder: string
  readonly rows: (query: Partial<Query> & { readonly sql: string }) => Promise<readonly Row[]>
  readonly close: () => Promise<void>
}

export const query = (sql: string, inputs: Query['inputs'] = {}, params: Query['params'] = {}): Query => ({
  sql,
  inputs,
  params,
})

export async function openBench(memoryBytes = 512 * 2 ** 20): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-engine-'))
  const engine = duckdbEngine({ memoryBytes, threads: 2, workers: 1 })
  const scope = { run: 'test' as RunId, memoryBytes, threads: 2, spill: join(folder, 'spill') }
  const session = await engine.open(scope)
  return {
    engine,
    session,
    folder,
    rows: async (one) => {
      const rows: Row[] = []
      for await (const batch of session.read({ inputs: {}, params: {}, ...one }, never)) rows.push(...rowsOf(batch))
      return rows
    },
    close: async () => {
      await session.close()
      await engine.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function fieldType(type: DataType, next: () => number): FieldType {
  if (typeof type === 'string') return type
  const inner = (name: string, of: DataType, required: boolean): Field => {
    const id = next()
    return { id, name, required, type: fieldType(of, next) }
  }
  if ('list' in type) return { list: inner('element', type.list, type.required === true) }
  if ('map' in type)
    return { map: [inner('key', type.map[0], true), inner('value', type.map[1], type.required === true)] }
  return { struct: Object.entries(type.struct).map(([name, spec]) => inner(name, spec.type, spec.required === true)) }
}

/** Fields of columns, numbered: top ones first, as Iceberg does. */
export function fieldsOf(columns: Columns): readonly Field[] {
  const names = Object.entries(columns)
  let id = names.length
  const next = (): number => ++id
  return names.map(([name, spec], i) => ({
    id: i + 1,
    name,
    required: spec.required === true,
    type: fieldType(spec.type, next),
  }))
}

export function sinkOf(prefix: string, columns: Columns, more: Partial<FilesSink['shape']> = {}): FilesSink {
  const shape = {
    schemaId: 0,
    specId: 0,
    fields: fieldsOf(columns),
    partition: [],
    sort: [],
    compression: 'zstd',
    ...more,
  }
  return { via: 'files', prefix, shape, targetBytes: 64 * 2 ** 20 }
}

/** Files as they were written, read as a table that has `now` these fields. */
export const scanOf = (written: Written, fields: readonly Field[], now: readonly Field[] = fields): FilesScan => ({
  via: 'files',
  fields: now,
  groups: [{ fields, files: written.files }],
  total: { files: written.files.length, rows: written.rows, bytes: written.bytes },
})

/** The issues of what fails; null: it did not. */
export const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof Error && 'issues' in error ? error.issues : error),
  )
