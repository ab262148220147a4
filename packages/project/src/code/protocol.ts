import type { Json } from '@millrace/core'

/** One definition as the loader saw it: plain data, functions marked. */
export interface Exported {
  readonly name: string
  readonly data: Json
  /** Keys that hold what cannot be stored, with what it is. */
  readonly odd: readonly { readonly key: string; readonly received: string }[]
}

/** What loading one file gave. */
export interface LoadedFile {
  readonly exports: readonly Exported[]
  /** Absolute paths of the project's files that it reaches, itself among them. */
  readonly reached: readonly string[]
  /** Folders of the packages that it reaches. */
  readonly packages: readonly string[]
  /** Environment variables that were looked at so far in this process. */
  readonly env: readonly string[]
  /** Those that the files which it reaches looked at while they were loaded. */
  readonly ownEnv: readonly string[]
}

export interface LoadRequest {
  /** Absolute paths. */
  readonly files: readonly string[]
}

/** Why a file could not be loaded. */
export interface Failure {
  readonly message: string
  readonly stack: string
  /** Where a name was imported that `millrace` does not have: those that it has. */
  readonly exported?: readonly string[]
}

export type LoadReply =
  | { readonly at: string }
  | { readonly file: string; readonly loaded: LoadedFile }
  | { readonly file: string; readonly failed: Failure }
  | { readonly done: true }

/** Stands where a function was. */
export const functionMark = '$function'
