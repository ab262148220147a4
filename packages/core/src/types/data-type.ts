import type { Columns, RowOf } from '../columns.ts'
import type { Json } from '../words.ts'

/** Types without parameters. */
export const plainTypes = [
  'boolean',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint64',
  'float32',
  'float64',
  'string',
  'binary',
  'uuid',
  'json',
  'variant',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'timestamp_ns',
  'timestamptz_ns',
] as const

export type PlainType = (typeof plainTypes)[number]
export type PrimitiveType = PlainType | `decimal(${number},${number})` | `fixed(${number})`

/** The neutral type system: every engine, format and connector maps to it. `required` speaks of the elements. */
export type DataType =
  | PrimitiveType
  | { readonly list: DataType; readonly required?: true }
  | { readonly map: readonly [DataType, DataType]; readonly required?: true }
  | { readonly struct: Columns }

/** A date, or a moment of one. */
export const isDated = (type: unknown): boolean =>
  typeof type === 'string' && (type === 'date' || type.startsWith('timestamp'))

/** The TypeScript value of a type: decimals, dates and times stay exact as text. */
export type Value<T extends DataType> = T extends 'boolean'
  ? boolean
  : T extends 'int8' | 'int16' | 'int32' | 'float32' | 'float64'
    ? number
    : T extends 'int64' | 'uint64'
      ? bigint
      : T extends 'binary' | `fixed(${number})`
        ? Uint8Array
        : T extends 'json' | 'variant'
          ? Json
          : T extends { readonly list: infer E extends DataType }
            ? readonly Value<E>[]
            : T extends { readonly map: readonly [infer K extends DataType, infer V extends DataType] }
              ? ReadonlyMap<Value<K>, Value<V>>
              : T extends { readonly struct: infer C extends Columns }
                ? RowOf<C>
                : string
