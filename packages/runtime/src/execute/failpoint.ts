/** Named places where tests end the process: those of a run's protocol, and those of the lake's commits and publications. */
export const failpoints = [
  'task.started',
  'task.written',
  'manifest:before',
  'manifest:after',
  'list:before',
  'list:after',
  'metadata:before',
  'metadata:after',
  'task.staged',
  'task.checked',
  'publish.before-intent',
  'publish.intended',
  'publish:before',
  'publish:inside',
  'publish:after',
  'publish.published',
  'publish.settled',
  'expire.staged',
  'expire.published',
  'run.ending',
] as const

/** `MILLRACE_FAILPOINT=name` or `name:3` (the third time) ends this process at once, as kill -9 would. */
export function failpoint(name: string): void {
  const wanted = process.env['MILLRACE_FAILPOINT']
  // The lake's names have a colon of their own.
  if (wanted === undefined || (wanted !== name && !wanted.startsWith(`${name}:`))) return
  const count = wanted.slice(name.length + 1)
  passed += 1
  if (passed === Number(count === '' ? 1 : count)) process.kill(process.pid, 'SIGKILL')
}

let passed = 0
