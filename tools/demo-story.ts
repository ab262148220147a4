// Runs `npm run demo` as a user does, shows what it prints, and asserts that it tells its whole story; then tries what it
// says to try. The gate runs it in place of the demo.
import { spawn } from 'node:child_process'

/** What has to stand in the output, in this order. */
const story: readonly (readonly [told: string, says: RegExp])[] = [
  [
    'bad records are said while they are kept',
    /^! bronze\.orders: 3 records were rejected; they are in bronze\.orders__rejects/,
  ],
  ['the first run does all steps', /^✓ ok: 14 of 14 steps done in /],
  ['the figures are shown', /^month +category +revenue +orders$/],
  ['a bad record is shown with its reason and place', /^cast: "four" is no BIGINT .*order file, line \d+$/],
  ['a quarantined row is shown with the check that it broke', /^ms >= 0 .* quarantined$/],
  [
    'the failing check names its rows',
    /^✗ silver\.orders: 1 of .* rows breaks "customer_id refers to silver\.customers\.customer_id" \(block\)$/,
  ],
  ['a row that broke it is shown', /^ {4}\{"order_id":999100,"customer_id":424242,/],
  ['it is said what was not published, and why', /^✗ silver\.orders was not published: 1 row breaks the check/],
  ['and how to look at it', /^ {6}millrace query --as-of run:\S+ 'select \* from "silver"\."orders"/],
  ['what depends on it says what to mend', /^ {2}→ Mend silver\.orders; the next run continues here\.$/],
  ['the next run makes up for it', /^✓ ok: 7 of 7 steps done in /],
  ['the plan names the one step of a change', /^1 step in dev; 13 tables unchanged\.$/],
  ['and what happens to the table', /^± gold\.revenue_by_month is built anew$/],
  ['because of what', /^ {4}because the column customers is new$/],
  ['and at what cost', /^ {4}reads about .*, writes about .* judging by earlier runs$/],
  ['the tables are listed', /^gold\.revenue_by_month +iceberg +15 /],
  ['it ends with what to try', /^Done in .* Try:$/],
]

/** Runs a line in a shell, shows what it prints as it comes, and answers it. */
function run(line: string): Promise<{ readonly status: number | null; readonly lines: readonly string[] }> {
  const child = spawn(`${line} 2>&1`, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text)
    said += text
  })
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, lines: said.split('\n') })))
}

const failures: string[] = []
let passed = 0
function assert(told: string, holds: boolean): void {
  if (holds) passed += 1
  else failures.push(told)
}

const { status, lines } = await run('npm run -s demo')
assert('the demo ends with 0', status === 0)
let from = 0
for (const [told, says] of story) {
  const at = lines.findIndex((line, i) => i >= from && says.test(line))
  assert(told, at >= 0)
  if (at >= 0) from = at + 1
}
const toTry = lines.slice(from).filter((line) => line.startsWith('  npm run -s millrace -- '))
assert('there are three commands to try', toTry.length === 3)
for (const line of toTry) {
  console.log(`$${line.slice(1)}`)
  assert(`\`${line.trim()}\` ends with 0`, (await run(line)).status === 0)
}

for (const told of failures) console.log(`failed: demo: ${told}`)
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length > 0 ? 1 : 0
