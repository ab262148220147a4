import { copyFileSync, linkSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Benchmark, Place } from './harness/benchmark.ts'
import { packed } from './harness/millrace.ts'
import { makeOrders, orderRows, ordersCsv, ordersProject } from './harness/orders.ts'
import { once, placeOf, writeProject } from './harness/place.ts'

const copies = 10

/** The file of `csv` under ten names: links, so that the disk holds it once. */
async function tenFiles(place: Place): Promise<void> {
  const of = placeOf('csv', place.small)
  await makeOrders(of)
  await once(place.data, 'links', () => {
    mkdirSync(join(place.data, 'landing'), { recursive: true })
    for (let i = 0; i < copies; i++) link(ordersCsv(of), join(place.data, `landing/orders-${i}.csv`))
  })
}

function link(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

export const benchmark: Benchmark = {
  name: 'csv10',
  about: 'ten times as much CSV as in `csv`, with little memory',
  sizes: (small) => ({ rows: orderRows(small) * copies, files: copies, engineMemory: '512MB' }),
  budget: [{ of: 'millrace run', megabytes: 1000 }],
  repetitions: 1,
  prepare: tenFiles,
  ours: [
    {
      name: 'millrace run',
      ready: ({ data, work }) => writeProject(work, ordersProject(join(data, 'landing/*.csv'), '512MB')),
      command: ({ work }) => packed(['run', '--project', work]),
    },
  ],
  peers: [],
}
