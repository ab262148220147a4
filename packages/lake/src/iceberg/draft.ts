import {
  assignIds,
  type Columns,
  type Draft,
  evolve,
  type Field,
  MillraceError,
  neutralFields,
  type TableName,
  type TableRef,
  type TableShape,
  type TableSpec,
} from '@millrace/core'
import { checkLocation } from '../store/location.ts'
import type { TableMetadata } from './metadata.ts'
import { compressionOf, emptyMetadata, nextId, schemaFor } from './metadata-change.ts'
import { storedFields } from './schema.ts'
import { partitionFields, samePartition, sortFields } from './spec.ts'
import { fieldsBySchema } from './table-types.ts'

const defaultTargetBytes = 256 * 1024 * 1024

interface DraftOptions {
  /** The commit replaces every row: no old row can be hurt by a change of type. Default: when the definition replaces. */
  readonly rewritten?: boolean
}

/** The next state of a table as its definition has it; decides ids and refuses what readers could not survive. */
export function draftTable(
  table: TableName,
  base: { readonly ref: TableRef; readonly metadata: TableMetadata } | null,
  location: string,
  spec: TableSpec & { readonly columns: Columns },
  options: DraftOptions,
): Draft {
  const folder = base?.ref.location ?? location
  checkLocation(folder)
  const metadata = base?.metadata ?? emptyMetadata('', folder)
  const shape = shapeOf(table, metadata, spec, options)
  const sink = { via: 'files' as const, prefix: `${folder}/data`, shape, targetBytes: defaultTargetBytes }
  return { table, base: base?.ref ?? null, shape, sink }
}

function shapeOf(
  table: TableName,
  metadata: TableMetadata,
  spec: TableSpec & { readonly columns: Columns },
  options: DraftOptions,
): TableShape {
  const fields = storedFields(nextFields(metadata, spec, options))
  const before = { specs: metadata['partition-specs'], last: metadata['last-partition-id'] }
  const partition = partitionFields(table, spec.partition ?? [], fields, before)
  const known = metadata['partition-specs'].find((one) => samePartition(one, partition))
  return {
    schemaId: schemaFor(metadata, fields)['schema-id'],
    fields,
    specId: known?.['spec-id'] ?? nextId(metadata['partition-specs'].map((one) => one['spec-id'])),
    partition,
    sort: sortFields(table, spec.sort ?? [], fields),
    compression: spec.compression ?? compressionOf(metadata),
  }
}

function nextFields(
  metadata: TableMetadata,
  spec: TableSpec & { readonly columns: Columns },
  options: DraftOptions,
): readonly Field[] {
  const last = metadata['last-column-id']
  const current = fieldsBySchema(metadata).get(metadata['current-schema-id'])
  if (current === undefined) return assignIds(spec.columns, last).fields
  const evolved = evolve(neutralFields(current), spec.columns, {
    last,
    rewritten: options.rewritten ?? spec.write === 'replace',
  })
  if ('fields' in evolved) return evolved.fields
  throw new MillraceError(evolved)
}
