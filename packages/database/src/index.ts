export { type Migration, migrate } from './migrate.ts'
export { openSqlite, type OpenSqlite } from './sqlite.ts'
