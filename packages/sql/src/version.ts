/** The DuckDB that reads SQL; a test compares it with the package that is installed. */
export const duckdbVersion = '1.5.5'

/** Counts up when the same text could give other facts: hashes belong to it, and caches start anew. */
const readings = 12

/** Names the binder behind hashes and cached facts. */
export const readerVersion: string = `duckdb ${duckdbVersion} reading ${readings}`
