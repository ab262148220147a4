// The process that loads a project's TypeScript. Loading runs the top level of each file, which may hang, print or end the
// process: here that costs this process only. Files are loaded in turn; the parent hears which one before it is begun.
import { flushCompileCache, registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { plainExport } from './plain.ts'
import type { Exported, LoadedFile, LoadReply, LoadRequest } from './protocol.ts'

const send = (reply: LoadReply): void => {
  process.send?.(reply)
}

/** Projects get the define functions of the Millrace that loads them, wherever it is installed. */
const ownDefinitions = import.meta.url.endsWith('.ts')
  ? new URL('define.ts', import.meta.resolve('@millrace/core')).href
  : new URL('./define.js', import.meta.url).href

const imports = new Map<string, Set<string>>()

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'millrace') return { url: ownDefinitions, shortCircuit: true }
    const resolved = next(specifier, context)
    if (context.parentURL !== undefined) {
      const of = imports.get(context.parentURL) ?? new Set()
      imports.set(context.parentURL, of.add(resolved.url))
    }
    return resolved
  },
})

const looked = new Set<string>()
process.env = new Proxy(process.env, {
  get(target, name) {
    if (typeof name === 'string') looked.add(name)
    return Reflect.get(target, name) as unknown
  },
})

/** Every file that a file imports, directly or through others. */
function reachedFrom(url: string): readonly string[] {
  const seen = new Set([url])
  for (const one of seen) {
    // What lies in a package counts by the package's version.
    if (!one.includes('/node_modules/')) for (const next of imports.get(one) ?? []) seen.add(next)
  }
  return [...seen].filter((one) => one.startsWith('file:')).map((one) => fileURLToPath(one))
}

const packageFolder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/

async function load(file: string): Promise<LoadedFile> {
  const url = pathToFileURL(file).href
  const module = (await import(url)) as Readonly<Record<string, unknown>>
  const reached = reachedFrom(url)
  const packages = reached.flatMap((one) => packageFolder.exec(one)?.[0] ?? [])
  return {
    exports: Object.entries(module).flatMap(([name, value]) => definitionOf(name, value)),
    reached: reached.filter((one) => !packageFolder.test(one)).toSorted(),
    packages: [...new Set(packages)].toSorted(),
    env: [...looked],
  }
}

function definitionOf(name: string, value: unknown): readonly Exported[] {
  if (typeof value !== 'object' || value === null || !('defines' in value)) return []
  return [plainExport(name, value)]
}

const exportsOfOurs = async (): Promise<readonly string[]> => Object.keys((await import(ownDefinitions)) as object)

async function loadAll({ files }: LoadRequest): Promise<void> {
  for (const file of files) {
    send({ at: file })
    try {
      send({ file, loaded: await load(file) })
    } catch (error) {
      const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
      const exported = message.includes("'millrace' does not provide an export") ? await exportsOfOurs() : []
      send({ file, failed: { message, stack, exported } })
    }
  }
  // Node keeps compiled code when a process ends by itself; this one is killed.
  flushCompileCache()
  send({ done: true })
}

process.on('message', (request: LoadRequest) => {
  void loadAll(request)
})

process.on('disconnect', () => process.exit())
