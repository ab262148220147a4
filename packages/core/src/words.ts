declare const brand: unique symbol
/** A plain value that may not be mixed up with others of its kind. */
export type Brand<T, B extends string> = T & { readonly [brand]: B }

/** `layer.name`; the environment is never part of a name. */
export type TableName = `${string}.${string}`
export type Hash = Brand<string, 'Hash'>
export type PublicationId = Brand<string, 'PublicationId'>
export type RunId = Brand<string, 'RunId'>
/** Milliseconds since the epoch, UTC; zones matter only while a calendar makes boundaries. */
export type Instant = Brand<number, 'Instant'>

export type Scalar = string | number | bigint | boolean | null
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }
export type Dict<T> = Readonly<Record<string, T>>

/** The name of an environment variable, resolved only inside a worker: plans and caches never hold the value. */
export type Secret = Readonly<Record<'secret', string>>

/** What of AbortSignal the core needs; any AbortSignal fits. */
export interface Cancel {
  readonly aborted: boolean
  throwIfAborted(): void
}

/** A function of the project by its address, never a closure: graphs are cached and travel between processes. */
export interface CodeRef {
  readonly module: string
  readonly export: string
  readonly hash: Hash
}

/** A cryptographic hash of a text, given by the caller: core knows no `node:crypto`. */
export type Hasher = (text: string) => Hash
