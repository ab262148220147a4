#!/usr/bin/env node
// The entry imports only what help and parsing need: each command's code is loaded when it is called.
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

function version(): string {
  return '0.1.0'
}
