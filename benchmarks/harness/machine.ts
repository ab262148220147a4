import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { repository } from './place.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
}

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()}`,
})

/** What took part; Python's packages only when a peer of them did. */
export function versions(pythons: readonly string[]): Readonly<Record<string, string>> {
  const version = (path: string): string =>
    (JSON.parse(readFileSync(join(repository, path, 'package.json'), 'utf8')) as { readonly version: string }).version
  return {
    millrace: version('packages/cli'),
    commit: commit(),
    node: process.versions.node,
    duckdb: version('node_modules/@duckdb/node-api'),
    ...Object.assign({}, ...pythons.map(pythonVersions)),
  }
}

/** The commit, and whether more than older results differs from it. */
function commit(): string {
  const edits = git('status', '--porcelain', '--', '.', ':!benchmarks/results')
  return `${git('rev-parse', '--short=12', 'HEAD')}${edits === '' ? '' : '-dirty'}`
}

const git = (...args: readonly string[]): string =>
  spawnSync('git', args, { cwd: repository, encoding: 'utf8' }).stdout.trim()

function pythonVersions(python: string): Readonly<Record<string, string>> {
  const wanted = ['polars', 'pyiceberg', 'pyarrow', 'deltalake', 'dbt-core', 'dbt-duckdb']
  const script = `import json, platform, importlib.metadata as m
there = {d.metadata["Name"]: d.version for d in m.distributions()}
print(json.dumps({"python": platform.python_version(), **{n: there[n] for n in ${JSON.stringify(wanted)} if n in there}}))`
  const { stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' })
  return JSON.parse(stdout) as Readonly<Record<string, string>>
}
