#!/usr/bin/env node
// Makes a Millrace project in a new folder. It must run on the Node that a user happens to have, so: plain old JavaScript.
'use strict'
const fs = require('fs')
const path = require('path')

/** Orders in the shop's raw files: enough to look at, and made in a blink. */
const rows = 2000

function fail(message) {
  console.error(`create-millrace: ${message}`)
  process.exit(2)
}

/** What npm accepts as the name of a package. */
function packageName(dir) {
  const name = path
    .basename(dir)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return name === '' ? 'millrace-project' : name
}

function packageFile(name) {
  const { version } = require('../package.json')
  const content = {
    name,
    private: true,
    type: 'module',
    scripts: { plan: 'millrace plan', start: 'millrace run', test: 'millrace test && millrace check' },
    dependencies: { millrace: `^${version}` },
  }
  return `${JSON.stringify(content, null, 2)}\n`
}

async function create(target) {
  const dir = path.resolve(target)
  if (fs.existsSync(dir) && fs.readdirSync(dir).length > 0) {
    fail(`${dir} is not empty. Name a new folder: npm create millrace@latest NAME`)
  }
  fs.cpSync(path.join(__dirname, '..', 'template'), dir, { recursive: true })
  fs.renameSync(path.join(dir, '_gitignore'), path.join(dir, '.gitignore'))
  fs.writeFileSync(path.join(dir, 'package.json'), packageFile(packageName(dir)))
  const { generateShop } = await import('../generate.mjs')
  generateShop({ rows, to: path.join(dir, 'landing') })
  const inside = path.relative(process.cwd(), dir)
  const steps = [
    ...(inside === '' ? [] : [`cd ${inside}`]),
    'npm install',
    'npx millrace run',
    'npx millrace query "from gold.revenue_by_month"',
  ]
  console.log(`Made a project in ${dir}. Next:\n\n${steps.map((step) => `  ${step}`).join('\n')}\n`)
}

const words = process.argv.slice(2)
if (words.includes('--help') || words.includes('-h')) console.log('Usage: npm create millrace@latest [DIR]')
else if (words.length > 1) fail(`takes one folder, but got ${words.join(' ')}`)
else create(words[0] || 'millrace-project').catch((error) => fail(error.message))
