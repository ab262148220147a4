// `npm run bench -- [NAME ...] [--small]`: ours and its peers by turns in one go, on one machine. Prints a table and
// writes results/NAME.json; small runs only show that everything works and are written beside their data.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Benchmark, Contestant, Place } from './harness/benchmark.ts'
import { judge, type Measured, summarize } from './harness/judge.ts'
import { machine, versions } from './harness/machine.ts'
import { measure, type Repetition } from './harness/measure.ts'
import { emptyWork, placeOf } from './harness/place.ts'
import { renderResult, type Result } from './harness/report.ts'
import { makePeers } from './peers.ts'

const names = ['help', 'start', 'project', 'plan', 'query20', 'lookup4000', 'csv', 'csv10', 'merge', 'history'] as const

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { small: { type: 'boolean', default: false }, repetitions: { type: 'string' } },
})

/** By turns, so that what else the machine does meets all of them. */
async function byTurns(
  contestants: readonly Contestant[],
  place: Place,
  times: number,
): Promise<readonly (readonly Repetition[])[]> {
  const done: Repetition[][] = contestants.map(() => [])
  for (let turn = 0; turn < times; turn++) {
    for (const [i, one] of contestants.entries()) {
      emptyWork(place)
      await one.ready?.(place)
      done[i]?.push(await measure(one.command(place), place.work))
    }
  }
  return done
}

async function runOne(benchmark: Benchmark, small: boolean): Promise<Result> {
  const { name, about, ours, budget } = benchmark
  const place = placeOf(name, small)
  await benchmark.prepare(place)
  const peers = benchmark.peers.filter((one) => !small || one.python === undefined)
  const pythons = [...new Set(peers.flatMap(({ python }) => python ?? []))].map((python) => makePeers(python))
  const contestants = [...peers, ...ours]
  const times = Number(values.repetitions ?? (small ? 1 : (benchmark.repetitions ?? 3)))
  const repetitions = await byTurns(contestants, place, times)
  const measured: readonly Measured[] = contestants.map((one, i) =>
    summarize(one.name, ours.includes(one), repetitions[i] ?? []),
  )
  rmSync(place.work, { recursive: true, force: true })
  return {
    name,
    about,
    date: new Date().toISOString(),
    small,
    sizes: benchmark.sizes(small),
    machine: machine(),
    versions: versions(pythons),
    measured,
    budget: judge(budget, measured),
    leftOut: benchmark.peers.filter((one) => !peers.includes(one)).map((one) => one.name),
  }
}

for (const name of positionals.length > 0 ? positionals : names) {
  const { benchmark } = (await import(`./${name}.ts`)) as { readonly benchmark: Benchmark }
  const result = await runOne(benchmark, values.small)
  const folder = join(import.meta.dirname, values.small ? '.data/small/results' : 'results')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(`${renderResult(result)}\n`)
}
