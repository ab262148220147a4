import { type Field, type PartitionField } from '@millrace/core'
import { printJson } from './json.ts'
import { fromIcebergSchema, type SeenTypes } from './schema.ts'
import { fromSpec, sourceType } from './spec.ts'
import type { PartitionSpec, TableMetadata } from './metadata.ts'
import { avroName, type TypedPartitionField } from './manifest-schema.ts'
import { transformedType } from './transform.ts'

export const typesProperty = 'millrace.types'

/** The types that readers see, as noted in the table's properties. */
export function seenTypesOf(metadata: TableMetadata): SeenTypes {
  const text = metadata.properties[typesProperty]
  return text === undefined ? {} : (JSON.parse(text) as SeenTypes)
}

/** The same, as a text that is equal where they are: one schema may be seen as different types. */
export const seenText = (metadata: TableMetadata): string => printJson(seenTypesOf(metadata))

/** The fields of every schema of a table, by schema id, the current one first. */
export function fieldsBySchema(metadata: TableMetadata): ReadonlyMap<number, readonly Field[]> {
  const seen = seenTypesOf(metadata)
  const current = metadata['current-schema-id']
  const ordered = metadata.schemas.toSorted(
    (one, other) => Number(other['schema-id'] === current) - Number(one['schema-id'] === current),
  )
  return new Map(ordered.map((one) => [one['schema-id'], fromIcebergSchema(one, seen, metadata.location)]))
}

/** The partition fields of a spec with the types that their values have. */
export function typedSpec(spec: PartitionSpec, metadata: TableMetadata): readonly TypedPartitionField[] {
  return typedFields(fromSpec(spec), [...fieldsBySchema(metadata).values()])
}

function typedFields(
  fields: readonly PartitionField[],
  schemas: readonly (readonly Field[])[],
): readonly TypedPartitionField[] {
  return fields.map((field) => ({
    ...field,
    type: transformedType(field.transform, sourceType(field.source, schemas)),
    avroName: avroName(field.name),
  }))
}
