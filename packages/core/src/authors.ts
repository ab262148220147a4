// What the authors of definitions import as `millrace`: the define functions, and the types that they need to name.
// Nothing else is promised to them, and nothing else is loaded.
export * from './define.ts'
export type * from './checks/check.ts'
export type * from './columns.ts'
export type { EnvironmentConfig, ModelTest, ReadMode, TableSpec, Trigger } from './definitions.ts'
export type { DataType, PrimitiveType, Value } from './types/data-type.ts'
export type { Cancel, Instant, Json, Scalar, Secret, TableName } from './words.ts'
export type { Key, WriteMode } from './write-mode.ts'
