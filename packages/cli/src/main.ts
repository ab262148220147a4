#!/usr/bin/env node
// The entry imports only what help and parsing need: each command's code is loaded when it is called.
import { readFileSync } from 'node:fs'
import { overview } from './help.ts'

const argv = process.argv.slice(2)
const [name = '--help'] = argv

if (name === '--help' || name === '-h' || name === 'help') {
  if (argv[1] === undefined || argv[1].startsWith('-')) process.stdout.write(`${overview(version())}\n`)
  else process.exitCode = await (await import('./dispatch.ts')).dispatch([argv[1], '--help'])
} else if (name === '--version' || name === '-v') {
  process.stdout.write(`${version()}\n`)
} else {
  process.exitCode = await (await import('./dispatch.ts')).dispatch(argv)
}

/** All packages have one version; the bundle finds that of the package it lies in. */
function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { readonly version: string }).version
}
