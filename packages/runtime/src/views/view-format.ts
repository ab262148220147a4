// A view's version is the path of a small immutable file, named by the hash of its content: the same text gives the same
// version, and time travel finds the text that a view had. Invariant: a file, once written, is never changed.
import { join } from 'node:path'
import type {
  Columns,
  Fingerprint,
  Hasher,
  Instant,
  ObjectStore,
  TableName,
  TableRef,
  TableState,
} from '@millrace/core'

export interface ViewText {
  readonly table: TableName
  readonly sql: string
  readonly reads: readonly TableName[]
  /** What was known of the tables that it reads; views of before do not say it. */
  readonly inputs?: Readonly<Record<TableName, readonly string[]>>
  readonly columns: Columns
  readonly made: Fingerprint
}

export interface ViewFormat {
  stage(folder: string, text: ViewText): Promise<TableRef>
  load(ref: TableRef): Promise<ViewText>
  state(ref: TableRef): Promise<TableState>
  isKept(ref: TableRef): Promise<boolean>
}

export function viewFormat(store: ObjectStore, hash: Hasher): ViewFormat {
  const load = async (ref: TableRef): Promise<ViewText> => {
    const text = new TextDecoder().decode(await store.get(ref.version))
    const { view } = JSON.parse(text) as { view: ViewText }
    return view
  }
  return {
    stage: async (folder, view) => {
      const body = JSON.stringify({ format: 1, view })
      const version = join(folder, `${view.table}-${hash(body).slice(0, 16)}.view.json`)
      await store.create(version, new TextEncoder().encode(body))
      return { table: view.table, uuid: hash(view.table), format: 'view', location: '', version }
    },
    load,
    isKept: async ({ version }) => {
      for await (const one of store.list(version)) if (one.path === version) return true
      return false
    },
    state: async (ref) => {
      const view = await load(ref)
      return {
        ref,
        shape: { schemaId: 0, fields: [], specId: 0, partition: [], sort: [], compression: 'zstd' },
        columns: view.columns,
        made: view.made,
        progress: { covered: [], position: {}, origin: hash('view') },
        data: ref.version,
        rows: 0,
        bytes: 0,
        files: 0,
        at: 0 as Instant,
      }
    },
  }
}
