import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Copies what `tsc -b` declared for authors of definitions, and every declaration that it reaches. */
export function copyTypes(root: string, to: string): void {
  const core = join(root, 'packages/core/dist')
  mkdirSync(to, { recursive: true })
  writeFileSync(join(to, 'index.d.ts'), "export * from './core/authors.js'\n")
  const seen = new Set([join(core, 'authors.d.ts')])
  for (const file of seen) {
    // Declarations keep the sources' `.ts`, which a package must not name.
    const text = readFileSync(file, 'utf8')
      .replace(/\n\/\/# sourceMappingURL.*/, '')
      .replaceAll(/((?:from|import\()\s*['"]\.[^'"]+)\.ts(?=['"])/g, '$1.js')
    const target = join(to, 'core', relative(core, file))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
    for (const found of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/g)) {
      seen.add(join(dirname(file), `${found[1]}.d.ts`))
    }
  }
}
