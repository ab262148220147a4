export { batchOf } from './arrow/build.ts'
export { type ArrowStream, readStream } from './arrow/ipc.ts'
export { type Cell, type Row, rowsOf } from './arrow/rows.ts'
export { type DuckDBEngineOptions, duckdbEngine, startAhead } from './engine.ts'
