import { type ErrorKind, kind } from './error-kind.ts'

export const engineErrors: {
  readonly 'engine/query-failed': ErrorKind<{ message: string }>
  readonly 'engine/worker-lost': ErrorKind<{ how: string }>
} = {
  'engine/query-failed': kind({
    say: (p) => `The query failed: ${p.message}`,
    cause: 'The data does not fit what the query does with it.',
    fix: 'Find the rows with `millrace query`, then correct the model or clean the input.',
    retry: 'never',
    exit: 1,
  }),
  'engine/worker-lost': kind({
    say: (p) => `The engine's worker process ended (${p.how}).`,
    cause: 'The process was killed, or the machine ran out of memory.',
    fix: 'The task is tried again; if it keeps happening lower the memory limit with `engineMemory`.',
    retry: 'later',
    exit: 1,
  }),
}
