export { type Migration, migrate } from './migrate.ts'
export { isReadOnly, openSqlite, type OpenSqlite, sqliteWhenAsked } from './sqlite.ts'
