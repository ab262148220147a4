import type { ErrorKind } from './error-kind.ts'

export const commandErrors: Readonly<Record<never, ErrorKind<never>>> = {}
