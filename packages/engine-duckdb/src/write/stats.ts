/**
 * What DuckDB's RETURN_STATS says of a file, as neutral statistics by field id. Its traps, each mended here:
 * - everything is text: binaries in hex, booleans as 0 and 1, moments perhaps `infinity` or before Christ;
 * - `has_nan` is a flag, so only "none" becomes a count; bounds of a column with NaNs are those of the other values;
 * - zero must bound both zeros: -0.0 below, +0.0 above;
 * - text bounds are cut to 16 characters, the upper one counted up; without a greater text there is no upper bound;
 * - values inside lists and maps have no bounds.
 */
import { type ColumnStats, type Field, type FieldType, isDated } from '@millrace/core'
import { fileName } from '../sql/field-type.ts'
import { identifier } from '../sql/quote.ts'
import { dateText, parseDate, parseTime, parseTimestamp, timestampText, timeText } from '../temporal.ts'

export type StatsText = ReadonlyMap<string, ReadonlyMap<string, string>>

interface Leaf {
  readonly id: number
  readonly type: FieldType
  readonly repeated: boolean
}

function leavesUnder(path: string, field: Field, repeated: boolean): readonly (readonly [string, Leaf])[] {
  const { type } = field
  if (typeof type === 'string') return [[path, { id: field.id, type, repeated }]]
  if ('list' in type) return leavesUnder(`${path}."element"`, type.list, true)
  if ('map' in type)
    return [...leavesUnder(`${path}."key"`, type.map[0], true), ...leavesUnder(`${path}."value"`, type.map[1], true)]
  return type.struct.flatMap((one) => leavesUnder(`${path}.${identifier(fileName(one.name))}`, one, repeated))
}

/** DuckDB's names of the leaf columns, with what they are. */
export function leavesOf(fields: readonly Field[]): ReadonlyMap<string, Leaf> {
  return new Map(fields.flatMap((field) => leavesUnder(identifier(fileName(field.name)), field, false)))
}

type Bound = ColumnStats['min'] & {}
type Side = 'min' | 'max'

const longestText = 16

function nextText(characters: readonly string[]): string | null {
  for (let i = characters.length - 1; i >= 0; i--) {
    const code = (characters[i]?.codePointAt(0) ?? 0) + 1
    // Surrogates are no characters: the next one after U+D7FF is U+E000.
    const next = code === 0xd800 ? 0xe000 : code
    if (next <= 0x10ffff) return characters.slice(0, i).join('') + String.fromCodePoint(next)
  }
  return null
}

function textBound(text: string, side: Side): string | null {
  const characters = Array.from(text)
  if (characters.length <= longestText) return text
  const kept = characters.slice(0, longestText)
  return side === 'min' ? kept.join('') : nextText(kept)
}

function binaryBound(hex: string, side: Side): Uint8Array | null {
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
  if (bytes.length <= longestText) return bytes
  const kept = bytes.slice(0, longestText)
  if (side === 'min') return kept
  for (let i = kept.length - 1; i >= 0; i--)
    if ((kept[i] ?? 255) < 255) return Uint8Array.from([...kept.subarray(0, i), (kept[i] ?? 0) + 1])
  return null
}

function floatBound(text: string, side: Side): number | null {
  const value = text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text)
  if (Number.isNaN(value)) return null
  return value === 0 ? (side === 'min' ? -0 : 0) : value
}

const moment =
  (digits: 6 | 9, zoned: boolean) =>
  (text: string): Bound | null =>
    text.includes('inf') ? null : timestampText(parseTimestamp(text, digits), digits, zoned)

const bounds: Readonly<Record<string, (text: string, side: Side) => Bound | null>> = {
  boolean: (text) => text === '1' || text === 'true',
  int8: Number,
  int16: Number,
  int32: Number,
  int64: BigInt,
  uint64: BigInt,
  float32: floatBound,
  float64: floatBound,
  string: textBound,
  binary: binaryBound,
  uuid: (text) => text,
  date: (text) => (text.includes('inf') ? null : dateText(parseDate(text))),
  time: (text) => timeText(parseTime(text)),
  timestamp: moment(6, false),
  timestamptz: moment(6, true),
  timestamp_ns: moment(9, false),
  timestamptz_ns: moment(9, true),
}

/** A bound in its column's neutral value; null where there is none that holds. */
export function neutralBound(type: FieldType, text: string, side: Side): Bound | null {
  if (typeof type !== 'string') return null
  if (type.startsWith('decimal')) return text
  if (type.startsWith('fixed')) return binaryBound(text, side)
  return bounds[type]?.(text, side) ?? null
}

const count = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))

function statsOf(leaf: Leaf, said: ReadonlyMap<string, string>): ColumnStats {
  const [minText, maxText] = [said.get('min'), said.get('max')]
  const bounded = !leaf.repeated && minText !== undefined && maxText !== undefined
  const min = bounded ? neutralBound(leaf.type, minText, 'min') : null
  const max = bounded ? neutralBound(leaf.type, maxText, 'max') : null
  const [values, nulls, bytes] = ['num_values', 'null_count', 'column_size_bytes'].map((key) => count(said.get(key)))
  return {
    ...(values === undefined ? {} : { values }),
    ...(nulls === undefined ? {} : { nulls }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(said.get('has_nan') === 'false' ? { nans: 0 } : {}),
    ...(min === null ? {} : { min }),
    ...(max === null ? {} : { max }),
    ...(isDated(leaf.type) && [minText, maxText].some(isEndless) ? { endless: true } : {}),
  }
}

const isEndless = (text: string | undefined): boolean => text === 'infinity' || text === '-infinity'

/** Statistics by field id. */
export function columnStats(leaves: ReadonlyMap<string, Leaf>, said: StatsText): Record<number, ColumnStats> {
  const stats: Record<number, ColumnStats> = {}
  for (const [path, values] of said) {
    const leaf = leaves.get(path)
    if (leaf !== undefined) stats[leaf.id] = statsOf(leaf, values)
  }
  return stats
}
