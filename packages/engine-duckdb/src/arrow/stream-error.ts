/** What is wrong with an Arrow stream, in words that go on from "it cannot be taken:", and what to do. */
export interface StreamProblem {
  readonly problem: string
  readonly fix: string
}

/** A stream that cannot be read, or not into the columns that it is for; all that is wrong with it at once. */
export class StreamError extends Error {
  readonly problems: readonly StreamProblem[]

  constructor(problems: readonly StreamProblem[]) {
    super(problems.map(({ problem }) => problem).join('; '))
    this.name = 'StreamError'
    this.problems = problems
  }
}

/** The bytes are not those that were written: no other reading of them is possible. */
export const broken = (problem: string): StreamError =>
  new StreamError([{ problem, fix: 'Give all bytes of a stream as its writer wrote them.' }])
