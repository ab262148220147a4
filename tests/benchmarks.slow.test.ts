// Speed is measured by `npm run bench`; here only that every benchmark still runs and says what it promises to say.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Benchmark } from '../benchmarks/harness/benchmark.ts'
import type { Result } from '../benchmarks/harness/report.ts'

const folder = join(import.meta.dirname, '../benchmarks')
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts' && file !== 'peers.ts')
  .map((file) => file.replace('.ts', ''))

test.each(names)('%s runs in small and says what it measured', async (name) => {
  const { benchmark } = (await import(`../benchmarks/${name}.ts`)) as { readonly benchmark: Benchmark }
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'run.ts'), name, '--small'], {
    encoding: 'utf8',
    timeout: 100_000,
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const result = JSON.parse(readFileSync(join(folder, `.data/small/results/${name}.json`), 'utf8')) as Result
  expect(result).toMatchObject({ name, small: true, sizes: benchmark.sizes(true) })
  expect(Object.keys(result.versions)).toEqual(['millrace', 'commit', 'node', 'duckdb'])
  const taking = [...benchmark.peers, ...benchmark.ours].filter((one) => one.python === undefined)
  expect(result.measured.map((one) => one.name)).toEqual(taking.map((one) => one.name))
  for (const one of result.measured) {
    expect(one.medianSeconds).toBeGreaterThan(0)
    expect(one.peakMb).toBeGreaterThan(process.platform === 'linux' ? 10 : -1)
  }
  const judged = benchmark.budget.filter((rule) => !('peer' in rule) || taking.some((one) => one.name === rule.peer))
  expect(result.budget).toHaveLength(judged.length)
})

test('bare DuckDB and our tables give the same answer', () => {
  for (const name of ['query20', 'lookup4000']) {
    const result = JSON.parse(readFileSync(join(folder, `.data/small/results/${name}.json`), 'utf8')) as Result
    const [bare, ours] = ['bare', 'bound'].map(
      (word) => result.measured.find((one) => one.name.startsWith(word))?.repetitions[0]?.said['answer'],
    )
    expect(ours).toBeTypeOf('string')
    expect(numbers(ours)).toEqual(numbers(bare))
  }
})

/** Decimals and large integers are text in one of the two. */
const numbers = (answer: unknown): readonly number[] =>
  [...String(answer).matchAll(/-?\d+(?:\.\d+)?/g)].map(([text]) => Number(Number(text).toPrecision(10)))
