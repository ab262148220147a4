/** Named places in a run's protocol where tests end the process. */
export const failpoints = [
  'task.started',
  'task.written',
  'task.staged',
  'task.checked',
  'publish.before-intent',
  'publish.intended',
  'publish.published',
  'publish.settled',
  'run.ending',
] as const

/** `MILLRACE_FAILPOINT=name` or `name:3` (the third time) ends this process at once, as kill -9 would. */
export function failpoint(name: string): void {
  const wanted = process.env['MILLRACE_FAILPOINT']
  if (wanted === undefined) return
  const [point, count = '1'] = wanted.split(':')
  if (point !== name) return
  passed += 1
  if (passed === Number(count)) process.kill(process.pid, 'SIGKILL')
}

let passed = 0
