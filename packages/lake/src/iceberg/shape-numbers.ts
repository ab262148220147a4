import type { TableMetadata } from './metadata.ts'
import { nextId } from './metadata-change.ts'
import { sameSchema } from './schema.ts'
import { sameOrder, sameSpec } from './spec.ts'

/** By the number that a schema, a spec or an order has in one table's metadata: its number in another's. */
export interface ShapeNumbers {
  readonly schemas: ReadonlyMap<number, number>
  readonly specs: ReadonlyMap<number, number>
  readonly orders: ReadonlyMap<number, number>
}

/** A table's metadata with what another one has beyond it. Told apart by their content: two tables that come from one may have
 * given the same number to different things. What is new gets the next number. */
export function withShapesOf(
  metadata: TableMetadata,
  other: TableMetadata,
): { readonly metadata: TableMetadata; readonly numbers: ShapeNumbers } {
  const schemas = merged(metadata.schemas, other.schemas, 'schema-id', sameSchema)
  const specs = merged(metadata['partition-specs'], other['partition-specs'], 'spec-id', sameSpec)
  const orders = merged(metadata['sort-orders'], other['sort-orders'], 'order-id', sameOrder)
  return {
    metadata: {
      ...metadata,
      schemas: schemas.all,
      'partition-specs': specs.all,
      'sort-orders': orders.all,
      'last-column-id': Math.max(metadata['last-column-id'], other['last-column-id']),
      'last-partition-id': Math.max(metadata['last-partition-id'], other['last-partition-id']),
    },
    numbers: { schemas: schemas.numbers, specs: specs.numbers, orders: orders.numbers },
  }
}

export const isRenumbered = ({ schemas, specs, orders }: ShapeNumbers): boolean =>
  [schemas, specs, orders].some((numbers) => [...numbers].some(([old, now]) => old !== now))

function merged<Key extends string, One extends { readonly [K in Key]: number }>(
  ours: readonly One[],
  theirs: readonly One[],
  key: Key,
  same: (one: One, other: One) => boolean,
): { readonly all: readonly One[]; readonly numbers: ReadonlyMap<number, number> } {
  const all = [...ours]
  const numbers = new Map<number, number>()
  for (const one of theirs.toSorted((a, b) => a[key] - b[key])) {
    const alike = all.filter((other) => same(one, other))
    const known = alike.find((other) => other[key] === one[key]) ?? alike[0]
    const number = known?.[key] ?? nextId(all.map((other) => other[key]))
    if (known === undefined) all.push({ ...one, [key]: number })
    numbers.set(one[key], number)
  }
  return { all, numbers }
}
