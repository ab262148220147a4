export { type Migration, migrate } from './migrate.ts'
export { isReadOnly, openSqlite, type OpenSqlite } from './sqlite.ts'
