// What binder and engine must have in common about DuckDB, without the reader itself.
export { pinnedSettings, pinnedStatements } from './pinned.ts'
export { literal, quoted } from './text/quote.ts'
export { fromDuckType, toDuckType } from './types.ts'
