import { type Columns, type ColumnSpec, type DataType, fail } from '@millrace/core'
import { type DuckDBMapType, type DuckDBStructType, type DuckDBType, DuckDBTypeId as Id } from '@duckdb/node-api'

/** Core types of DuckDB's own; those marked `cast` lie differently in memory and are cast before they are read. */
const known: Readonly<Partial<Record<Id, readonly [type: DataType, cast?: 'cast']>>> = {
  [Id.BOOLEAN]: ['boolean'],
  [Id.TINYINT]: ['int8'],
  [Id.SMALLINT]: ['int16'],
  [Id.INTEGER]: ['int32'],
  [Id.BIGINT]: ['int64'],
  [Id.UTINYINT]: ['int16', 'cast'],
  [Id.USMALLINT]: ['int32', 'cast'],
  [Id.UINTEGER]: ['int64', 'cast'],
  [Id.UBIGINT]: ['uint64'],
  [Id.FLOAT]: ['float32'],
  [Id.DOUBLE]: ['float64'],
  [Id.TIMESTAMP]: ['timestamp'],
  [Id.TIMESTAMP_S]: ['timestamp', 'cast'],
  [Id.TIMESTAMP_MS]: ['timestamp', 'cast'],
  [Id.TIMESTAMP_NS]: ['timestamp_ns'],
  [Id.TIMESTAMP_TZ]: ['timestamptz'],
  [Id.DATE]: ['date'],
  [Id.TIME]: ['time'],
  [Id.TIME_NS]: ['time', 'cast'],
  [Id.TIME_TZ]: ['string', 'cast'],
  [Id.INTERVAL]: ['string', 'cast'],
  [Id.HUGEINT]: ['decimal(38,0)', 'cast'],
  [Id.UHUGEINT]: ['decimal(38,0)', 'cast'],
  [Id.BIGNUM]: ['string', 'cast'],
  [Id.BIT]: ['string', 'cast'],
  [Id.ENUM]: ['string', 'cast'],
  [Id.UNION]: ['string', 'cast'],
  [Id.BLOB]: ['binary'],
  [Id.UUID]: ['uuid'],
  [Id.SQLNULL]: ['string', 'cast'],
  [Id.VARIANT]: ['json', 'cast'],
}

export interface CoreType {
  readonly type: DataType
  /** False when DuckDB holds it in another memory layout than `toDuckType(type)`. */
  readonly exact: boolean
}

/** The core type of a DuckDB type, or a coded error for the few that have none. */
export function fromDuckType(type: DuckDBType): CoreType {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the rest stands in a table
  switch (type.typeId) {
    case Id.VARCHAR:
      return { type: type.alias === 'JSON' ? 'json' : 'string', exact: true }
    case Id.DECIMAL: {
      const { width, scale } = type
      return { type: `decimal(${width},${scale})`, exact: true }
    }
    case Id.LIST:
      return listOf(type.valueType, true)
    case Id.ARRAY:
      return listOf(type.valueType, false)
    case Id.MAP:
      return mapOf(type)
    case Id.STRUCT:
      return structOf(type)
    default: {
      const found = known[type.typeId]
      if (found === undefined) return fail('engine/type-unknown', { type: String(type) })
      return { type: found[0], exact: found[1] === undefined }
    }
  }
}

function listOf(element: DuckDBType, exact: boolean): CoreType {
  const inner = fromDuckType(element)
  return { type: { list: inner.type }, exact: exact && inner.exact }
}

function mapOf(type: DuckDBMapType): CoreType {
  const [key, value] = [fromDuckType(type.keyType), fromDuckType(type.valueType)]
  return { type: { map: [key.type, value.type] }, exact: key.exact && value.exact }
}

function structOf(type: DuckDBStructType): CoreType {
  const folded = type.entryNames.map((name) => name.toLowerCase())
  // Values are kept by the names of their fields: of two alike, one would be read with the type of the other.
  if (folded.includes('') || new Set(folded).size < folded.length)
    return fail('engine/unnamed-fields', { type: String(type) })
  const fields = type.entryTypes.map((entry) => fromDuckType(entry))
  const struct: Columns = Object.fromEntries(
    type.entryNames.map((name, i): readonly [string, ColumnSpec] => [name, { type: fields[i]?.type ?? 'string' }]),
  )
  return { type: { struct }, exact: fields.every((field) => field.exact) && isKeyOrder(type.entryNames) }
}

/** Names in the order in which an object has them as keys. */
export const keyOrder = (names: readonly string[]): readonly string[] =>
  Object.keys(Object.fromEntries(names.map((name) => [name, true])))

export const isKeyOrder = (names: readonly string[]): boolean => keyOrder(names).every((name, i) => name === names[i])
