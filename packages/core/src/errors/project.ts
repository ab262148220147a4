import type { ErrorKind } from './error-kind.ts'

export const projectErrors: Readonly<Record<never, ErrorKind<never>>> = {}
