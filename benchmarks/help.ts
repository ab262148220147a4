import type { Benchmark } from './harness/benchmark.ts'
import { millrace, packed } from './harness/millrace.ts'

export const benchmark: Benchmark = {
  name: 'help',
  about: 'the first screen of the command',
  sizes: () => ({}),
  budget: [{ of: 'millrace, packed', times: 2, peer: 'node -e 0' }],
  repetitions: 15,
  prepare: () => {},
  ours: [
    { name: 'millrace, packed', command: () => packed(['--help']) },
    { name: 'millrace, from sources', command: () => millrace(['--help']) },
  ],
  peers: [{ name: 'node -e 0', command: () => ({ file: process.execPath, args: ['-e', '0'] }) }],
}
