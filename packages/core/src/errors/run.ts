import type { ErrorKind } from './error-kind.ts'

export const runErrors: Readonly<Record<never, ErrorKind<never>>> = {}
