import type { ErrorKind } from './error-kind.ts'
import { type Code, errors, type ParamsOf } from './registry.ts'

/** A place in a file; lines and columns count from 1, columns in UTF-16 units. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number
}

/** An error as data: the CLI, the UI and the API all render the same one. */
export interface Issue {
  readonly code: Code
  readonly params: Readonly<Record<string, unknown>>
  readonly at?: Place
  /** The nearest right names. */
  readonly candidates?: readonly string[]
  readonly cause?: Issue
}

/** Makes an issue; the parameters are checked against the registry.
 *
 * ```ts
 * import { describeIssue, issue } from '@millrace/core'
 * describeIssue(issue('lake/moved', { table: 'silver.orders' })).message //=> 'silver.orders was changed by someone else while this run worked.'
 * ```
 */
export function issue<C extends Code>(
  code: C,
  params: ParamsOf<C>,
  more: { readonly at?: Place; readonly candidates?: readonly string[]; readonly cause?: Issue } = {},
): Issue {
  return { code, params, ...more }
}

/** What a reader sees of an issue. */
export interface IssueText {
  readonly message: string
  readonly cause: string
  readonly fix: string
  readonly docs: string
  readonly exit: 1 | 2
  readonly retry: 'never' | 'now' | 'later'
}

export function describeIssue(one: Issue): IssueText {
  const entry = errors[one.code] as ErrorKind<Readonly<Record<string, unknown>>>
  const fix = typeof entry.fix === 'string' ? entry.fix : entry.fix(one.params)
  return {
    message: entry.say(one.params),
    cause: entry.cause,
    fix,
    docs: `docs/reference/errors.md#${one.code.replace('/', '')}`,
    exit: entry.exit,
    retry: entry.retry,
  }
}

/** Carries issues through code that can only throw. */
export class MillraceError extends Error {
  readonly issues: readonly Issue[]

  constructor(issues: Issue | readonly Issue[]) {
    const list: readonly Issue[] = Array.isArray(issues) ? (issues as readonly Issue[]) : [issues as Issue]
    super(list.map((one) => `${one.code}: ${describeIssue(one).message}`).join('\n'))
    this.name = 'MillraceError'
    this.issues = list
  }
}

/** Throws one coded error. */
export function fail<C extends Code>(code: C, params: ParamsOf<C>, more?: Parameters<typeof issue<C>>[2]): never {
  throw new MillraceError(issue(code, params, more))
}

/** Whether a table's files are damaged or gone, and nothing else is wrong. */
export const isDamage = (error: unknown): boolean =>
  error instanceof MillraceError && error.issues.every(({ code }) => code === 'lake/corrupt')

/** Does something with files that may be damaged: what is, is told with the table and the environment that are known. */
export async function tellDamage<T>(
  of: { readonly table?: string; readonly environment?: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    const told = (one: Issue): Issue =>
      one.code === 'lake/corrupt' ? { ...one, params: { ...one.params, ...of } } : one
    throw new MillraceError(error.issues.map(told))
  }
}
