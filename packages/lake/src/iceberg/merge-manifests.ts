import { type Commit, putManifest } from './commit.ts'
import { deleted, type Entry, existing } from './manifest.ts'
import { dataContent, hasLiveFiles, type ManifestFile } from './manifest-list.ts'
import { readEntries } from './table-files.ts'

const smallBytes = 8 * 1024 * 1024
const defaultMinCount = 100
const entriesPerManifest = 10_000

/** Puts many small manifests together, so that planning a scan opens few files.
 *
 * Files of different schemas or specs never share a manifest: its header is what says how a file was written.
 */
export async function mergeManifests(commit: Commit, lines: readonly ManifestFile[]): Promise<readonly ManifestFile[]> {
  const minCount = Number(commit.metadata.properties['commit.manifest.min-count-to-merge'] ?? defaultMinCount)
  const small = lines.filter((line) => canMerge(commit, line))
  if (small.length <= minCount) return lines
  const groups = new Map<string, { spec: number; schema: number; entries: Entry[] }>()
  for (const line of small) {
    const { context, schema, entries } = await readEntries(commit.around, line, commit.metadata)
    const key = `${context.spec}/${schema}`
    const group = groups.get(key) ?? { spec: context.spec, schema, entries: [] }
    groups.set(key, group)
    for (const entry of entries) if (entry.status !== deleted) group.entries.push({ ...entry, status: existing })
  }
  const merged: ManifestFile[] = []
  for (const { spec, schema, entries } of groups.values())
    for (let from = 0; from < entries.length; from += entriesPerManifest)
      merged.push(
        await putManifest(commit, entries.slice(from, from + entriesPerManifest), {
          spec,
          schema,
          content: dataContent,
        }),
      )
  const taken = new Set(small)
  return [...lines.filter((line) => !taken.has(line)), ...merged]
}

/** This commit's own manifests stay apart: what it added and removed must be found in them. */
function canMerge(commit: Commit, line: ManifestFile): boolean {
  return (
    line.content === dataContent && hasLiveFiles(line) && line.length < smallBytes && line.snapshot !== commit.snapshot
  )
}
