#!/usr/bin/env node
// Starts the command on Node 24.12 or newer: in place when this Node is one, else on the Node that millrace's optional
// dependencies carry. Plain old JavaScript, because any Node may read this file.
'use strict'
const path = require('path')
const minimum = [24, 12]
// On macOS with an ARM processor npm has no later 24: it runs everything, with warnings of what was new then.
const carriedMinimum = [24, 0]
const quiet = '--disable-warning=ExperimentalWarning'

const isAtLeast = (version, least) => {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number)
  return major > least[0] || (major === least[0] && minor >= least[1])
}

/** The Node of a platform package; null where none is installed, or an older one. */
function carriedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const file = platform === 'win' ? 'node.exe' : 'node'
  for (const prefix of ['node', 'node-bin']) {
    try {
      const manifest = require.resolve(`${prefix}-${platform}-${process.arch}/package.json`)
      const { version } = require(manifest)
      if (isAtLeast(version, carriedMinimum)) return { file: path.join(path.dirname(manifest), 'bin', file), version }
    } catch {
      // Not this package: the next one may be there.
    }
  }
  return null
}

function startHere() {
  if (!process.env.NODE_COMPILE_CACHE) {
    const { enableCompileCache, getCompileCacheDir } = require('module')
    enableCompileCache()
    // The workers are processes of their own and start faster with the same cache.
    const folder = getCompileCacheDir()
    if (folder) process.env.NODE_COMPILE_CACHE = folder
  }
  import(require('url').pathToFileURL(path.join(__dirname, '..', 'dist', 'cli.js')).href)
}

function startOn({ file: node, version }) {
  // An older Node, which a project's code may start, knows no such option: it is given only where it is needed.
  const options = isAtLeast(version, minimum)
    ? {}
    : { NODE_OPTIONS: `${process.env.NODE_OPTIONS || ''} ${quiet}`.trim() }
  const env = { ...process.env, ...options, MILLRACE_CARRIED: '1' }
  const child = require('child_process').spawn(node, [__filename, ...process.argv.slice(2)], { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

if (isAtLeast(process.version, process.env.MILLRACE_CARRIED ? carriedMinimum : minimum)) startHere()
else {
  const node = carriedNode()
  if (node !== null) startOn(node)
  else {
    console.error(
      `millrace needs Node ${minimum.join('.')} or newer, and this is ${process.version}.\n` +
        'Install a newer Node, or install millrace again without --omit=optional: it brings its own.',
    )
    process.exit(1)
  }
}
