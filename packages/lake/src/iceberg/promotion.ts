import { type Issue, issue, type TableRef } from '@millrace/core'
import { forkMetadataKey, forkSnapshotKey, forkUuidKey } from './fork.ts'
import type { TableMetadata } from './metadata.ts'
import { nextId } from './metadata-change.ts'
import { sameSchema } from './schema.ts'

export const diverged = (target: TableRef, what: string): Issue =>
  issue('lake/fork-diverged', { table: target.table, what })

/** The target with the fork's schemas, specs, orders and properties, and the numbers that its schemas have there. */
export function withShapeOf(
  target: TableMetadata,
  fork: TableMetadata,
): { metadata: TableMetadata; schemaIds: ReadonlyMap<number, number> } {
  const schemas = [...target.schemas]
  const schemaIds = new Map<number, number>()
  for (const schema of fork.schemas.toSorted((one, other) => one['schema-id'] - other['schema-id'])) {
    const same = schemas.find((one) => sameSchema(one, schema))
    const id = same?.['schema-id'] ?? nextId(schemas.map((one) => one['schema-id']))
    if (same === undefined) schemas.push({ ...schema, 'schema-id': id })
    schemaIds.set(schema['schema-id'], id)
  }
  const metadata = {
    ...target,
    schemas,
    'current-schema-id': schemaIds.get(fork['current-schema-id']) ?? fork['current-schema-id'],
    'last-column-id': Math.max(target['last-column-id'], fork['last-column-id']),
    'partition-specs': fork['partition-specs'],
    'default-spec-id': fork['default-spec-id'],
    'last-partition-id': Math.max(target['last-partition-id'], fork['last-partition-id']),
    'sort-orders': fork['sort-orders'],
    'default-sort-order-id': fork['default-sort-order-id'],
    properties: promotedProperties(target, fork),
  }
  return { metadata, schemaIds }
}

/** The fork's properties, but for those that make it a fork. */
function promotedProperties(target: TableMetadata, fork: TableMetadata): Record<string, string> {
  const own = new Set([forkUuidKey, forkSnapshotKey, forkMetadataKey])
  const changed = Object.entries(fork.properties).filter(([key]) => !own.has(key))
  return { ...target.properties, ...Object.fromEntries(changed) }
}
