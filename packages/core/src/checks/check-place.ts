import type { Origin } from '../definitions.ts'
import type { Place } from '../errors/issue.ts'
import { placeAt, placeOf } from '../errors/place.ts'
import type { PlannedCheck } from './plan-checks.ts'

/** Where a part of a check stands, by the keys inside of its rule or beside it; where its file tells no places, the value
 * that is written like this, or else the first such word behind these keys. */
export function placeInCheck(
  origin: Origin | undefined,
  { keys, column }: Pick<PlannedCheck, 'keys' | 'column'>,
  word: string,
  ...inside: readonly string[]
): Place {
  const found = origin?.find?.([...keys, 'rule', ...inside]) ?? origin?.find?.([...keys, ...inside])
  if (found !== undefined && found !== null) return found
  const { file, text } = origin ?? { file: '' }
  const names = inside.filter((key) => !/^\d+$/.test(key))
  const value = text === undefined ? null : valueOf(file, text, word, names.at(-1))
  return value ?? placeOf(file, text, word, column ?? 'checks', ...names)
}

function valueOf(file: string, text: string, word: string, key: string | undefined): Place | null {
  if (key === undefined || word === '') return null
  const literal = word.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
  const before = new RegExp(`\\b${key}['"]?\\s*:\\s*['"\`[]*${literal}(?![\\p{L}\\p{N}_])`, 'u').exec(text)
  return before === null ? null : placeAt(file, text, before.index + before[0].length - word.length, word.length)
}
