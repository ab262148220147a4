import { join } from 'node:path'

/** Where a project keeps what it makes. Everything below `.millrace` can be rebuilt, but for the lake and the catalog. */
export interface Paths {
  readonly project: string
  readonly root: string
  readonly catalog: string
  readonly state: string
  readonly lake: string
  readonly logs: string
  readonly cache: string
  readonly temp: string
}

export function pathsOf(project: string, lake?: string): Paths {
  const root = join(project, '.millrace')
  return {
    project,
    root,
    catalog: join(root, 'catalog.db'),
    state: join(root, 'state.db'),
    lake: lake ?? join(root, 'lake'),
    logs: join(root, 'logs'),
    cache: join(root, 'cache'),
    temp: join(root, 'tmp'),
  }
}
