import type { Benchmark, Contestant, Place } from './harness/benchmark.ts'
import { changesFile, makeLoaded, makeMembers, mergeCommand, targetFile, withChanges } from './harness/members.ts'
import { peersPython } from './peers.ts'

const rowsOf = (small: boolean): number => (small ? 20_000 : 10_000_000)
const changesOf = (small: boolean): number => (small ? 1_000 : 100_000)
const memory = '512MB'

const model = `/* millrace
reads: { bronze.members: changes }
write: { merge: id, newest: ts }
*/
select id, a, s, amount, ts from bronze.members
`

const python = (tool: string, name: string): Contestant => ({
  name,
  python: 'tables',
  command: (place: Place) => ({
    file: peersPython,
    args: [
      `${import.meta.dirname}/contestants/merge.py`,
      tool,
      place.work,
      targetFile(place),
      changesFile(place),
      String(rowsOf(place.small)),
    ],
  }),
})

export const benchmark: Benchmark = {
  name: 'merge',
  about: 'random keys merged into a table of ten files; ours from the start of the command, landing the changes too',
  sizes: (small) => ({ rows: rowsOf(small), changes: changesOf(small), files: small ? 2 : 10, engineMemory: memory }),
  budget: [
    { of: 'millrace run', times: 0.5, peer: 'PyIceberg upsert' },
    { of: 'millrace run', times: 0.6, peer: 'delta-rs merge' },
    { of: 'millrace run', megabytes: 1000 },
  ],
  prepare: async (place) => {
    await makeMembers(place, rowsOf(place.small), changesOf(place.small))
    await makeLoaded(place, rowsOf(place.small), model, memory)
  },
  ours: [{ name: 'millrace run', ready: withChanges, command: mergeCommand }],
  peers: [python('pyiceberg', 'PyIceberg upsert'), python('delta', 'delta-rs merge')],
}
