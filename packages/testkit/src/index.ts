export { type ProjectFiles, syntheticProject, type SyntheticShape, writeFiles } from './synthetic-project.ts'
