import { hash as digest } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What identifies the code that makes graphs: a graph that other code made is not taken for its own. */
export const codeVersion = (): string => (import.meta.url.endsWith('.ts') ? ofSources() : ofBundle())

/** The chunk that this is bundled in; the chunks that it imports are in it by name, and their names hold their hashes. */
const ofBundle = (): string => digest('sha1', readFileSync(fileURLToPath(import.meta.url)))

/** Someone works on the code: any change of a source counts. Asking 250 files for their times takes milliseconds. */
function ofSources(): string {
  const packages = join(import.meta.dirname, '../../..')
  const times = ['core', 'project', 'sql', 'runtime'].flatMap((name) =>
    readdirSync(join(packages, name, 'src'), { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map(({ parentPath, name: file }) => `${parentPath}/${file} ${statSync(`${parentPath}/${file}`).mtimeMs}`),
  )
  return digest('sha1', times.toSorted().join('\n'))
}
