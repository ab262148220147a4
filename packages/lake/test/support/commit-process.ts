import { stageAndPublish } from './two-tables.ts'

/** A process that commits two tables and kills itself, as kill -9 would, at the n-th pass of a failpoint. */
const [folder = '', point = '', pass = '1'] = process.argv.slice(2)
let passed = 0
await stageAndPublish(folder, (name) => {
  if (name === point && (passed += 1) === Number(pass)) process.kill(process.pid, 'SIGKILL')
})
process.exit(0)
