#!/usr/bin/env node
// The entry imports only what help and parsing need: each command's code is loaded when it is called.
import { readFileSync } from 'node:fs'
import { overview, overviewData } from './help.ts'

const [first, ...rest] = process.argv.slice(2)
// The form that something is wanted in may stand before it.
const argv = first === '--json' ? [...rest, first] : process.argv.slice(2)
const json = argv.includes('--json')
const name = argv[0] === undefined || argv[0] === '--json' ? '--help' : argv[0]

if (name === '--help' || name === '-h' || name === 'help') {
  if (argv[1] === undefined || argv[1].startsWith('-'))
    process.stdout.write(`${json ? overviewData(version()) : overview(version())}\n`)
  else
    process.exitCode = await (await import('./dispatch.ts')).dispatch([argv[1], '--help', ...(json ? ['--json'] : [])])
} else if (name === '--version' || name === '-v') {
  process.stdout.write(`${json ? JSON.stringify({ version: version() }) : version()}\n`)
} else {
  process.exitCode = await (await import('./dispatch.ts')).dispatch(argv)
}

/** All packages have one version; the bundle finds that of the package it lies in. */
function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { readonly version: string }).version
}
