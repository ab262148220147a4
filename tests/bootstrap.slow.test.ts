// The first command on a fresh clone. npm is a stand-in, since the real one is what the whole gate begins with; the Nodes that it
// "installs" are the running one under the names and versions that a machine may have.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const repository = dirname(import.meta.dirname)
const temp = mkdtempSync(join(tmpdir(), 'millrace-bootstrap-'))
afterAll(() => rmSync(temp, { recursive: true, force: true }))

const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const locked = `node_modules/node-${platform}`
const pin = { version: '24.21.0', integrity: 'sha512-of-the-lockfile' }
let clones = 0

interface Clone {
  readonly root: string
  run(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string }
  installs(): readonly string[]
}

/** A clone whose `npm ci` brings these Nodes, by package and version. */
function cloneWith(nodes: Readonly<Record<string, string>>, { npmExit = 0, running = process.version } = {}): Clone {
  const root = join(temp, `clone ${++clones}`)
  mkdirSync(join(root, 'tools'), { recursive: true })
  cpSync(join(repository, 'tools/with-node.cjs'), join(root, 'tools/with-node.cjs'))
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { a: {}, [locked]: pin } }))
  // A Node of another version is played: the bootstrap asks for nothing else of it.
  writeFileSync(join(root, 'older.cjs'), `Object.defineProperty(process, 'version', { value: '${running}' })`)
  writeFileSync(
    join(root, 'shows.cjs'),
    `console.log(JSON.stringify([process.argv.slice(2), process.argv0, process.env.NODE_OPTIONS || '']))
process.exitCode = Number(process.argv[2] || 0)`,
  )
  const npm = join(root, 'npm.cjs')
  writeFileSync(
    npm,
    `const fs = require('fs'), path = require('path')
const clone = ${JSON.stringify(root)}
const seen = [path.relative(clone, process.cwd()), process.argv0, ...process.argv.slice(2)]
fs.appendFileSync(path.join(clone, 'npm.log'), seen.join('|') + '\\n')
for (const [name, version] of Object.entries(${JSON.stringify(nodes)})) {
  const folder = path.join('node_modules', name)
  fs.mkdirSync(path.join(folder, 'bin'), { recursive: true })
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ version }))
  fs.symlinkSync(process.execPath, path.join(folder, 'bin', 'node'))
}
fs.mkdirSync('node_modules', { recursive: true })
process.exit(${npmExit})`,
  )
  const env = { ...process.env, npm_execpath: npm, NODE_OPTIONS: '' }
  return {
    root,
    run: (...args) =>
      spawnSync(process.execPath, ['-r', './older.cjs', 'tools/with-node.cjs', 'shows.cjs', ...args], {
        cwd: root,
        env,
        encoding: 'utf8',
      }),
    installs: () =>
      existsSync(join(root, 'npm.log')) ? readFileSync(join(root, 'npm.log'), 'utf8').trimEnd().split('\n') : [],
  }
}

test('the first command installs what the lockfile names, says so, and goes on under the pinned Node', () => {
  const clone = cloneWith({ [`node-${platform}`]: '24.21.0' })
  const first = clone.run('3', 'two words')
  expect(first.stderr).toMatch(/first run here, installing up to 2 packages with npm ci[^]*installed in \d+ s/)
  const pinned = join(clone.root, 'node_modules', `node-${platform}`, 'bin/node')
  expect([first.status, JSON.parse(first.stdout)]).toEqual([3, [['3', 'two words'], pinned, '']])
  const args = 'ci|--ignore-scripts|--no-audit|--no-fund|--loglevel=error|--prefer-offline'
  expect(clone.installs()).toEqual([`|${process.execPath}|${args}`])
})

test('an old Node installs the pinned one first: npm leaves out what its own Node is too old for', () => {
  const name = `node-${platform}`
  const clone = cloneWith({ [name]: '24.21.0' }, { running: 'v18.20.8' })
  const { status, stdout, stderr } = clone.run()
  expect([status, stderr.includes('installed in')]).toEqual([0, true])
  const first = join('.cache', 'first-node')
  expect(clone.installs().map((line) => line.split('|').slice(0, 3))).toEqual([
    [first, process.execPath, 'ci'],
    ['', join(clone.root, first, 'node_modules', name, 'bin/node'), 'ci'],
  ])
  const lock = JSON.parse(readFileSync(join(clone.root, first, 'package-lock.json'), 'utf8')) as unknown
  expect(lock).toMatchObject({ packages: { '': { dependencies: { [name]: '24.21.0' } }, [locked]: pin } })
  expect((JSON.parse(stdout) as unknown[])[1]).toBe(join(clone.root, 'node_modules', name, 'bin/node'))
})

test('the second command installs nothing, one after a pull that changed the lockfile does', () => {
  const clone = cloneWith({})
  clone.run()
  expect([clone.run().stderr, clone.installs().length]).toEqual(['', 1])
  writeFileSync(join(clone.root, 'package-lock.json'), JSON.stringify({ packages: { a: {} } }))
  expect(clone.run().stderr).toContain('installing up to 1 packages')
  expect(clone.installs()).toHaveLength(2)
})

test('an install that fails is said, and is tried again by the next command', () => {
  const clone = cloneWith({}, { npmExit: 7 })
  const { status, stdout, stderr } = clone.run()
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toContain('npm ci failed (exit 7); is a package registry within reach?')
  clone.run()
  expect(clone.installs()).toHaveLength(2)
})

test('where npm has only an early 24, a newer running Node is taken instead', () => {
  const clone = cloneWith({ [`node-bin-${platform}`]: '24.0.0' })
  const [, node, options] = JSON.parse(clone.run().stdout) as [unknown, string, string]
  expect([node, options]).toEqual([process.execPath, ''])
})

test('without any newer one an early 24 is taken, and told to be quiet', () => {
  const name = `node-bin-${platform}`
  const clone = cloneWith({ [name]: '24.0.0', [`node-${platform}`]: '23.0.0' }, { running: 'v18.0.0' })
  const [, node, options] = JSON.parse(clone.run().stdout) as [unknown, string, string]
  expect([node, options]).toEqual([
    join(clone.root, 'node_modules', name, 'bin/node'),
    '--disable-warning=ExperimentalWarning',
  ])
})

test('where no Node fits, it is said', () => {
  const clone = cloneWith({}, { running: 'v23.9.0' })
  writeFileSync(join(clone.root, 'package-lock.json'), JSON.stringify({ packages: {} }))
  const { status, stderr } = clone.run()
  expect([status, stderr.split('\n').at(-2)]).toEqual([
    1,
    'millrace: needs Node 24; this is v23.9.0, and no pinned Node fits this machine',
  ])
})

test('the bootstrap is JavaScript that Node 18 reads', () => {
  for (const file of ['tools/with-node.cjs', 'packages/millrace/bin/millrace.cjs', 'packages/create/bin/create.cjs']) {
    const text = readFileSync(join(repository, file), 'utf8')
    // What later versions of the language and of Node brought.
    expect(text, file).not.toMatch(
      /\busing \w|\.toSorted\(|\.toSpliced\(|\.findLast\(|Object\.groupBy|Promise\.withResolvers/,
    )
    expect(text, file).not.toMatch(
      /import\.meta|parseArgs|styleText|\.isWellFormed|structuredClone|require\('node:sqlite'\)/,
    )
  }
})
