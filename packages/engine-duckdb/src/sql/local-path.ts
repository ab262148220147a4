import { fileURLToPath } from 'node:url'

/** The path that the file system knows, of a path or a `file:` URL. */
export function localPath(path: string): string {
  if (path.startsWith('file://')) return fileURLToPath(path)
  return path.startsWith('file:/') ? path.slice('file:'.length) : path
}
