import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Licences of the packages whose modules went into a bundle. */
export function notices(modules: readonly string[]): string {
  const folders = new Set(
    modules.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? []),
  )
  const parts = [...folders].toSorted().map(noticeOf)
  return `The files in dist contain code of these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly version: string
    readonly license?: string
  }
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
  const path = join(folder, file ?? '')
  if (file === undefined || !existsSync(path)) throw new Error(`${name} has no licence file`)
  return `${name} ${version} (${license ?? 'see below'})\n\n${readFileSync(path, 'utf8').trim()}\n`
}
