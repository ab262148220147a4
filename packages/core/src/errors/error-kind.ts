/** One entry of the registry: what is said, why it happens, what to do, and how a run treats it. */
export interface ErrorKind<P> {
  readonly say: (params: P) => string
  /** What usually lies behind it. */
  readonly cause: string
  /** What to do now. */
  readonly fix: string | ((params: P) => string)
  /** Whether the same attempt may succeed if it is made again. */
  readonly retry: 'never' | 'now' | 'later'
  /** 1: the work failed; 2: used wrongly. */
  readonly exit: 1 | 2
}

export const kind = <P>(spec: ErrorKind<P>): ErrorKind<P> => spec
