import type { CodeFile } from '../code/load-code.ts'
import type { Found } from '../definitions/draft.ts'
import type { Issue } from '@millrace/core'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProjectPlace } from '../files/find.ts'
import { hashText } from '../files/hash.ts'

/** Everything outside of Millrace that a load depended on. */
export interface LoadedFrom {
  readonly config: string
  /** Each file that was read, named from the project's folder, with a hash of what was read. */
  readonly files: ReadonlyMap<string, string>
  /** Environment variables that its TypeScript looked at, with a hash of what they held. */
  readonly env: ReadonlyMap<string, string>
}

/** What was read to find these definitions. Hashes are of the texts that were read, not of what stands on disk by now. */
export function loadedFrom(
  place: ProjectPlace,
  found: readonly Found[],
  code: ReadonlyMap<string, CodeFile | Issue>,
): LoadedFrom {
  const loaded = [...code.values()].filter((one) => 'reached' in one)
  const packages = new Set(
    loaded.flatMap(({ reached }) => reached.packages.map(([folder]) => `${folder}/package.json`)),
  )
  return {
    config: place.config,
    files: new Map([
      ...found.flatMap(textsOf),
      ...loaded.flatMap(({ reached }) => reached.files),
      ...[...packages].map((file) => [file, hashText(textOf(join(place.root, file)))] as const),
    ]),
    env: new Map(loaded.flatMap(({ reached }) => reached.env)),
  }
}

/** The text that a file's definitions come from, and the rows of a seed, of which the definition holds the hash. */
function textsOf({ file, origin, definitions }: Found): readonly (readonly [string, string])[] {
  const rows = definitions.flatMap((one) => {
    const content = one.kind === 'source' && one.connector === 'seed' ? one.config['content'] : undefined
    return typeof content === 'string' ? [[file, content] as const] : []
  })
  return [...rows, ...(origin.text === undefined ? [] : [[origin.file, hashText(origin.text)] as const])]
}

/** A package without a manifest has no version: it still has none while none is there. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
