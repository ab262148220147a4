// The process that loads a project's TypeScript. Loading runs the top level of each file, which may hang, print or end the
// process: here that costs this process only. Files are loaded in turn; the parent hears which one before it is begun.
import { flushCompileCache, registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { namedImports } from './named-imports.ts'
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
/** Which of them each module of the project looked at while it was begun. */
const lookedBy = new Map<string, Set<string>>()

function look(name: string | symbol): void {
  if (typeof name !== 'string') return
  looked.add(name)
  const module = lookingModule()
  if (module !== null) lookedBy.set(module, (lookedBy.get(module) ?? new Set()).add(name))
}

/** The module of the project whose beginning runs now. What Node itself looks at, as for colours, decides no rows: null. */
function lookingModule(): string | null {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = 100
  const lines = (new Error('who looks').stack ?? '').split('\n').slice(1)
  Error.stackTraceLimit = before
  const callers = lines.map((line) => /((?:file|node):[^)]*?)(?::\d+)*\)?$/.exec(line)?.[1] ?? '')
  const [nearest, ...others] = callers.filter((one) => one !== import.meta.url)
  if (nearest === undefined || nearest.startsWith('node:')) return null
  return [nearest, ...others].findLast((one) => one.startsWith('file:') && !one.includes('/node_modules/')) ?? null
}

/** The names that a copy such as `{ ...process.env }` has still to take, and the one that comes next. */
let listed: readonly (string | symbol)[] = []
let taken: string | symbol | null = null

/** A copy asks for each name in turn and takes it; one that was only asked for ends the listing. */
function ask(name: string | symbol): void {
  const goesOn = taken === null && listed[0] === name
  taken = goesOn ? name : null
  listed = goesOn ? listed.slice(1) : []
}

process.env = new Proxy(process.env, {
  get(target, name) {
    // What is copied with all the others says nothing of what is used; only what was loaded hangs on it.
    if (name === taken) looked.add(String(name))
    else look(name)
    taken = null
    return Reflect.get(target, name) as unknown
  },
  ownKeys(target) {
    listed = Reflect.ownKeys(target)
    taken = null
    return [...listed]
  },
  getOwnPropertyDescriptor(target, name) {
    ask(name)
    return Reflect.getOwnPropertyDescriptor(target, name)
  },
  has(target, name) {
    look(name)
    return Reflect.has(target, name)
  },
})

/** Every file that a file imports, directly or through others, now or later. */
function reachedFrom(url: string): readonly string[] {
  const seen = new Set([url])
  for (const one of seen) {
    // What lies in a package counts by the package's version.
    if (one.includes('/node_modules/')) continue
    const now = imports.get(one)
    for (const next of now ?? []) seen.add(next)
    for (const next of namedImports(one, { loaded: now !== undefined })) seen.add(next)
  }
  return [...seen].filter((one) => one.startsWith('file:'))
}

const packageFolder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/

async function load(file: string): Promise<LoadedFile> {
  const url = pathToFileURL(file).href
  const module = (await import(url)) as Readonly<Record<string, unknown>>
  const urls = reachedFrom(url)
  const reached = urls.map((one) => fileURLToPath(one))
  const packages = reached.flatMap((one) => packageFolder.exec(one)?.[0] ?? [])
  return {
    exports: Object.entries(module).flatMap(([name, value]) => definitionOf(name, value)),
    reached: reached.filter((one) => !packageFolder.test(one)).toSorted(),
    packages: [...new Set(packages)].toSorted(),
    env: [...looked],
    ownEnv: [...new Set(urls.flatMap((one) => [...(lookedBy.get(one) ?? [])]))].toSorted(),
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
