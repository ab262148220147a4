import type { ErrorKind } from './error-kind.ts'

export const filesErrors: Readonly<Record<never, ErrorKind<never>>> = {}
