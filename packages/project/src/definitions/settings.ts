import type { Issue, Place, TableName } from '@millrace/core'
import { placeAt, placeOf } from '@millrace/core'
import { definitionSettings, tableSettings } from '../header/settings.ts'
import type { Mistake } from '../schema/validate.ts'
import type { DraftSpec } from './draft.ts'

export type Values = Readonly<Record<string, unknown>>

const pick = (values: Values, keys: object): Values =>
  Object.fromEntries(Object.keys(keys).flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])))

/** What settings say of the table; they were validated against the schema of exactly these types. */
export const specOf = (values: Values, write: DraftSpec['write']): DraftSpec => ({
  write,
  ...pick(values, tableSettings),
})

/** What settings say of the definition. */
export const commonOf = (values: Values): Values => pick(values, definitionSettings)

export const oneTable = (name: TableName, spec: DraftSpec): Readonly<Record<TableName, DraftSpec>> => ({ [name]: spec })

/** A mistake as an issue at the place that `placeOfMistake` finds. */
export function issueOfMistake(mistake: Mistake, at: Place): Issue {
  const candidates = mistake.candidates === undefined ? {} : { candidates: mistake.candidates }
  return { code: mistake.code, params: mistake.params, at, ...candidates }
}

/** In YAML: where the value stands in the file. */
export function placeInYaml(mistake: Pick<Mistake, 'span'>, file: string, text: string, offset: number): Place {
  if (mistake.span === null) return placeAt(file, text, offset)
  const [start, end] = mistake.span
  const length =
    text
      .slice(offset + start, offset + end)
      .split('\n')[0]
      ?.trimEnd().length ?? 1
  return placeAt(file, text, offset + start, Math.max(1, length))
}

/** In code, which tells no places of values: where the key is written, after those around it. */
export function placeInCode(mistake: Mistake, file: string, text: string): Place {
  const names = mistake.path.filter((key) => !/^\d+$/.test(key))
  const last = names.at(-1)
  const call = /\bdefine[A-Z]\w+(?=\()/.exec(text)
  if (last === undefined) return placeAt(file, text, call?.index ?? 0, call?.[0].length)
  return placeOf(file, text, last, names.at(-2))
}
