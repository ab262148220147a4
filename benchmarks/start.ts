import type { Benchmark, Contestant } from './harness/benchmark.ts'
import { script } from './harness/millrace.ts'
import { writeProject } from './harness/place.ts'

const project = {
  'millrace.config.ts': `import { defineProject } from 'millrace'

export default defineProject({ name: 'empty', environments: { dev: {} } })
`,
}

const first = (name: string, kind: string): Contestant => ({
  name,
  ready: ({ work }) => writeProject(work, project),
  command: ({ work }) => script('first-answer.ts', [kind, work]),
})

export const benchmark: Benchmark = {
  name: 'start',
  about: 'from asking for a process to its first answer, from sources; the memory is that of both processes',
  sizes: () => ({}),
  budget: [],
  repetitions: 7,
  prepare: () => {},
  ours: [
    first('engine: first statement', 'engine'),
    first('reader: first text', 'reader'),
    first('loader: first file', 'loader'),
  ],
  peers: [{ name: 'node -e 0', command: () => ({ file: process.execPath, args: ['-e', '0'] }) }],
}
