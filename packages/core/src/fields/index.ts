export * from './assign-ids.ts'
export * from './columns-of.ts'
export * from './evolve.ts'
export * from './find-field.ts'
