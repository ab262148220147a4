// One value says what settings there are: it validates them, it fills the editors' JSON Schema, and it is what the
// reference of settings is written from.
import type { Scalar } from '@millrace/core'

interface Common {
  /** In messages: what belongs here. */
  readonly expected: string
  /** For editors and the reference. */
  readonly note?: string
  /** Makes the stored value of a written one. */
  readonly store?: (value: never) => unknown
}

export type Schema =
  | (Common & { readonly kind: 'text'; readonly pattern?: RegExp })
  | (Common & { readonly kind: 'number'; readonly least?: number; readonly whole?: boolean })
  | (Common & { readonly kind: 'boolean' })
  | (Common & { readonly kind: 'scalar' })
  | (Common & { readonly kind: 'any' })
  | (Common & { readonly kind: 'function' })
  | (Common & { readonly kind: 'choice'; readonly of: readonly Scalar[] })
  | (Common & { readonly kind: 'type' })
  | (Common & { readonly kind: 'list'; readonly of: Schema; readonly orOne: boolean })
  | (Common & { readonly kind: 'map'; readonly of: Schema })
  | (Common & { readonly kind: 'object'; readonly keys: Keys; readonly needs: readonly string[] })
  | (Common & { readonly kind: 'either'; readonly of: readonly Schema[] })

export type Keys = Readonly<Record<string, Schema>>

type More = Partial<Pick<Common, 'note' | 'store'>>

export const text = (expected: string, more: More & { readonly pattern?: RegExp } = {}): Schema => ({
  kind: 'text',
  expected,
  ...more,
})

export const number = (
  expected: string,
  more: More & { readonly least?: number; readonly whole?: boolean } = {},
): Schema => ({
  kind: 'number',
  expected,
  ...more,
})

export const boolean = (more: More = {}): Schema => ({ kind: 'boolean', expected: 'true or false', ...more })

export const scalar = (expected: string, more: More = {}): Schema => ({ kind: 'scalar', expected, ...more })

export const any = (expected: string, more: More = {}): Schema => ({ kind: 'any', expected, ...more })

/** A function of the project, which is told by its mark. */
export const code: Schema = { kind: 'function', expected: 'a function' }

export const choice = (of: readonly Scalar[], more: More = {}): Schema => ({
  kind: 'choice',
  of,
  expected: of.length === 1 ? `\`${of[0]}\`` : `one of ${of.join(', ')}`,
  ...more,
})

export const dataType = (more: More = {}): Schema => ({ kind: 'type', expected: 'a type', ...more })

export const list = (of: Schema, expected: string, more: More = {}): Schema => ({
  kind: 'list',
  of,
  orOne: false,
  expected,
  ...more,
})

/** A list, or one of its items alone. */
export const oneOrMore = (of: Schema, expected: string, more: More = {}): Schema => ({
  kind: 'list',
  of,
  orOne: true,
  expected,
  ...more,
})

export const map = (of: Schema, expected: string, more: More = {}): Schema => ({ kind: 'map', of, expected, ...more })

/** A closed set of settings; those in `needs` must stand. */
export const object = (
  keys: Keys,
  expected: string,
  more: More & { readonly needs?: readonly string[] } = {},
): Schema => ({
  kind: 'object',
  keys,
  expected,
  needs: [],
  ...more,
})

export const either = (of: readonly Schema[], expected: string, more: More = {}): Schema => ({
  kind: 'either',
  of,
  expected,
  ...more,
})
