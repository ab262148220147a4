import { type Issue, issue, type TableRef } from '@millrace/core'
import { forkMetadataKey, forkSnapshotKey, forkUuidKey } from './fork.ts'
import type { TableMetadata } from './metadata.ts'
import { type ShapeNumbers, withShapesOf } from './shape-numbers.ts'

export const diverged = (target: TableRef, what: string): Issue =>
  issue('lake/fork-diverged', { table: target.table, what })

/** The name of the commit that took over what a fork had come to at a snapshot. */
export const advanceId = (snapshot: bigint | string = '-1'): string => `advance:${snapshot}`

/** The target with the fork's schemas, specs, orders and properties, and the numbers that they have there. */
export function withShapeOf(
  target: TableMetadata,
  fork: TableMetadata,
): { readonly metadata: TableMetadata; readonly numbers: ShapeNumbers } {
  const { metadata, numbers } = withShapesOf(target, fork)
  const { schemas, specs, orders } = numbers
  return {
    metadata: {
      ...metadata,
      'current-schema-id': schemas.get(fork['current-schema-id']) ?? fork['current-schema-id'],
      'default-spec-id': specs.get(fork['default-spec-id']) ?? fork['default-spec-id'],
      'default-sort-order-id': orders.get(fork['default-sort-order-id']) ?? fork['default-sort-order-id'],
      properties: promotedProperties(target, fork),
    },
    numbers,
  }
}

/** The fork's properties, but for those that make it a fork. */
function promotedProperties(target: TableMetadata, fork: TableMetadata): Record<string, string> {
  const own = new Set([forkUuidKey, forkSnapshotKey, forkMetadataKey])
  const changed = Object.entries(fork.properties).filter(([key]) => !own.has(key))
  return { ...target.properties, ...Object.fromEntries(changed) }
}
