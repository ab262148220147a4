#!/usr/bin/env node
// Starts the command on Node 24.12 or newer: in place when this Node is one, else on the Node that millrace's optional
// dependencies carry. Plain old JavaScript, because any Node may read this file.
'use strict'
const path = require('path')
const minimum = [24, 12]

const isNewEnough = (version) => {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number)
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1])
}

/** The Node of a platform package; null where none is installed, or an older one. */
function carriedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const file = platform === 'win' ? 'node.exe' : 'node'
  for (const prefix of ['node', 'node-bin']) {
    try {
      const manifest = require.resolve(`${prefix}-${platform}-${process.arch}/package.json`)
      if (isNewEnough(require(manifest).version)) return path.join(path.dirname(manifest), 'bin', file)
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

function startOn(node) {
  const child = require('child_process').spawn(node, [__filename, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

if (isNewEnough(process.version)) startHere()
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
