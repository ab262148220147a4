import type { ErrorKind } from './error-kind.ts'

export const planErrors: Readonly<Record<never, ErrorKind<never>>> = {}
