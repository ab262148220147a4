import { hash as digest } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What identifies the code that makes graphs: a graph that other code made is not taken for its own. */
export const codeVersion = (): string => (import.meta.url.endsWith('.ts') ? ofSources() : ofBundle())

/** The chunk that this is bundled in; the chunks that it imports are in it by name, and their names hold their hashes. */
const ofBundle = (): string => digest('sha1', readFileSync(fileURLToPath(import.meta.url)))

/** Someone works on the code: any change of a source counts. Some 150 files are asked for their times in a millisecond. */
function ofSources(): string {
  const packages = join(import.meta.dirname, '../../..')
  const times = ['core', 'project', 'sql', 'runtime'].flatMap((name) =>
    globSync(`${name}/src/**/*.ts`, { cwd: packages })
      .toSorted()
      .map((file) => [file, statSync(join(packages, file)).mtimeMs]),
  )
  return digest('sha1', JSON.stringify(times))
}
