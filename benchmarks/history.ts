import type { Benchmark } from './harness/benchmark.ts'
import { makeLate, makeLoaded, makeMembers, mergeCommand, withChanges, withLate } from './harness/members.ts'

const rowsOf = (small: boolean): number => (small ? 10_000 : 1_000_000)
const changesOf = (small: boolean): number => (small ? 1_000 : 100_000)
const lateOf = (small: boolean): number => (small ? 10 : 1000)
const memory = '512MB'

const model = `/* millrace
reads: { bronze.members: changes }
write: { history: id, type: 2, changedAt: ts, track: [a, s, amount] }
*/
select id, a, s, amount, ts from bronze.members
`

export const benchmark: Benchmark = {
  name: 'history',
  about: 'changes of members taken into a history that keeps every version (type 2)',
  sizes: (small) => ({ members: rowsOf(small), changes: changesOf(small), late: lateOf(small), engineMemory: memory }),
  budget: [{ of: 'millrace run', megabytes: 1000 }],
  prepare: async (place) => {
    await makeMembers(place, rowsOf(place.small), changesOf(place.small))
    await makeLate(place, rowsOf(place.small), lateOf(place.small))
    await makeLoaded(place, rowsOf(place.small), model, memory)
  },
  ours: [
    { name: 'millrace run', ready: withChanges, command: mergeCommand },
    { name: 'millrace run, late rows', ready: withLate, command: mergeCommand },
  ],
  peers: [],
}
