export { type FilesConfig, filesConfig, formatOf } from './files/config.ts'
export { type Inferred, inferFile } from './files/infer.ts'
export { type Arrivals, arrivals, listFiles } from './files/manifest.ts'
export { type FilesPlan, type FilesRequest, planFiles } from './files/plan.ts'
