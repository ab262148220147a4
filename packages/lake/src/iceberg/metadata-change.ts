import { fail, type Field, highestId, type TableShape } from '@millrace/core'
import { printJson } from './json.ts'
import type { IcebergSchema, Snapshot, TableMetadata } from './metadata.ts'
import { nextSeenTypes, sameSchema, toIcebergSchema } from './schema.ts'
import { firstPartitionId, samePartition, toSortOrder, toSpec } from './spec.ts'
import { seenTypesOf, typesProperty } from './table-types.ts'

/* Pure steps from one metadata to the next. */

const compressionProperty = 'write.parquet.compression-codec'

/** `gc.enabled`: other programs' clean-up would delete files that other environments still show. */
const ownProperties = {
  'gc.enabled': 'false',
  'write.metadata.previous-versions-max': '100',
  'commit.manifest.min-count-to-merge': '100',
}

export function emptyMetadata(uuid: string, location: string): TableMetadata {
  return {
    'format-version': 2,
    'table-uuid': uuid,
    location,
    'last-sequence-number': 0,
    'last-updated-ms': 0,
    'last-column-id': 0,
    'current-schema-id': -1,
    schemas: [],
    'default-spec-id': -1,
    'partition-specs': [],
    'last-partition-id': firstPartitionId - 1,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: ownProperties,
    'current-snapshot-id': null,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  }
}

/** The table in a new shape: schema, partitioning, sorting and compression; what it had before stays readable. */
export function withShape(metadata: TableMetadata, shape: TableShape): TableMetadata {
  const shaped = withSort(withSpec(withSchema(metadata, shape.fields), shape), shape)
  return {
    ...shaped,
    properties: {
      ...shaped.properties,
      ...typeNotes(metadata, shape.fields),
      [compressionProperty]: shape.compression,
    },
  }
}

export const compressionOf = (metadata: TableMetadata): string => metadata.properties[compressionProperty] ?? 'zstd'

function typeNotes(metadata: TableMetadata, fields: readonly Field[]): Record<string, string> {
  const notes = nextSeenTypes(seenTypesOf(metadata), fields)
  // The last note that goes leaves an empty one: a promotion takes over what is said, not what is missing.
  const silent = Object.keys(notes).length === 0 && metadata.properties[typesProperty] === undefined
  return silent ? {} : { [typesProperty]: printJson(notes) }
}

function withSchema(metadata: TableMetadata, fields: readonly Field[]): TableMetadata {
  const schema = schemaFor(metadata, fields)
  const known = metadata.schemas.some((one) => one['schema-id'] === schema['schema-id'])
  return {
    ...metadata,
    schemas: known ? metadata.schemas : [...metadata.schemas, schema],
    'current-schema-id': schema['schema-id'],
    'last-column-id': Math.max(metadata['last-column-id'], highestId(fields)),
  }
}

/** The schema of these fields: one that the table has already, or the next. */
export function schemaFor(metadata: TableMetadata, fields: readonly Field[]): IcebergSchema {
  const next = toIcebergSchema(nextId(metadata.schemas.map((one) => one['schema-id'])), fields)
  return metadata.schemas.find((one) => sameSchema(one, next)) ?? next
}

export const nextId = (ids: readonly number[]): number => ids.reduce((top, id) => Math.max(top, id + 1), 0)

function withSpec(metadata: TableMetadata, shape: TableShape): TableMetadata {
  const known = metadata['partition-specs'].find((one) => samePartition(one, shape.partition))
  const spec = known ?? toSpec(nextId(metadata['partition-specs'].map((one) => one['spec-id'])), shape.partition)
  const last = shape.partition.reduce((top, field) => Math.max(top, field.id), metadata['last-partition-id'])
  return {
    ...metadata,
    'partition-specs': known === undefined ? [...metadata['partition-specs'], spec] : metadata['partition-specs'],
    'default-spec-id': spec['spec-id'],
    'last-partition-id': last,
  }
}

function withSort(metadata: TableMetadata, shape: TableShape): TableMetadata {
  const wanted = toSortOrder(0, shape.sort).fields
  const known = metadata['sort-orders'].find((one) => JSON.stringify(one.fields) === JSON.stringify(wanted))
  const order = known ?? toSortOrder(nextId(metadata['sort-orders'].map((one) => one['order-id'])), shape.sort)
  return {
    ...metadata,
    'sort-orders': known === undefined ? [...metadata['sort-orders'], order] : metadata['sort-orders'],
    'default-sort-order-id': order['order-id'],
  }
}

/** A moment for the next commit: the given one, unless the table's clock is ahead of it. */
export const nextMoment = (metadata: TableMetadata, at: number): number => Math.max(at, metadata['last-updated-ms'] + 1)

/** Makes snapshots part of the table and the last of them its head. */
export function withSnapshots(metadata: TableMetadata, snapshots: readonly Snapshot[]): TableMetadata {
  const head = snapshots.at(-1)
  if (head === undefined) return metadata
  const entry = { 'snapshot-id': head['snapshot-id'], 'timestamp-ms': head['timestamp-ms'] }
  return checked({
    ...metadata,
    'last-sequence-number': Math.max(metadata['last-sequence-number'], head['sequence-number']),
    'last-updated-ms': head['timestamp-ms'],
    'current-snapshot-id': head['snapshot-id'],
    snapshots: [...metadata.snapshots, ...snapshots],
    'snapshot-log': [...metadata['snapshot-log'], entry],
    refs: { ...metadata.refs, main: { ...metadata.refs['main'], 'snapshot-id': head['snapshot-id'], type: 'branch' } },
  })
}

/** Spark cannot load a table whose snapshot log is out of order; such metadata is never written. */
function checked(metadata: TableMetadata): TableMetadata {
  const times = metadata['snapshot-log'].map((entry) => entry['timestamp-ms'])
  const sorted = times.every((time, at) => at === 0 || time >= (times[at - 1] ?? 0))
  if (!sorted)
    fail('lake/corrupt', { path: metadata.location, problem: 'its snapshot log is not in the order of time' })
  return metadata
}

/** Notes the metadata file that this one follows, and forgets the oldest beyond the limit. */
export function following(metadata: TableMetadata, before: { file: string | null; updatedMs: number }): TableMetadata {
  if (before.file === null) return metadata
  const limit = Math.max(1, Number(metadata.properties['write.metadata.previous-versions-max'] ?? 100))
  const log = [...metadata['metadata-log'], { 'metadata-file': before.file, 'timestamp-ms': before.updatedMs }]
  return { ...metadata, 'metadata-log': log.slice(-limit) }
}
