// A registry on loopback for tests of the install path: serves packed folders under their own names, and sends every other
// request on to the registry that npm is configured for.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface Packed {
  readonly manifest: { readonly name: string; readonly version: string }
  readonly tarball: Buffer
}

export interface Registry {
  readonly url: string
  close(): void
}

/** Packs a staged folder as `npm publish` would. */
export function pack(folder: string, into: string): Packed {
  mkdirSync(into, { recursive: true })
  const made = npm(['pack', '--json', '--pack-destination', into], folder)
  const [{ filename }] = JSON.parse(made) as [{ readonly filename: string }]
  return {
    manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Packed['manifest'],
    tarball: readFileSync(join(into, filename)),
  }
}

export async function serveRegistry(packed: readonly Packed[]): Promise<Registry> {
  const upstream = npm(['config', 'get', 'registry']).trim()
  const server = createServer((request, response) => answer(request, response, packed, upstream))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: urlOf(server), close: () => server.close() }
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

function answer(request: IncomingMessage, response: ServerResponse, packed: readonly Packed[], upstream: string): void {
  const path = request.url ?? '/'
  const [, name, rest] = path.split('/')
  const mine = packed.find((one) => one.manifest.name === name)
  if (mine === undefined) response.writeHead(302, { location: new URL(path.slice(1), upstream).href }).end()
  else if (rest === '-') response.end(mine.tarball)
  else response.setHeader('content-type', 'application/json').end(JSON.stringify(described(mine, request)))
}

function described({ manifest, tarball }: Packed, request: IncomingMessage): object {
  const { name, version } = manifest
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  const dist = { tarball: `http://${request.headers.host ?? ''}/${name}/-/${name}-${version}.tgz`, integrity }
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } }
}

function npm(args: readonly string[], cwd?: string): string {
  const { status, stdout } = spawnSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`npm ${args[0]} ended with ${status}`)
  return stdout
}
