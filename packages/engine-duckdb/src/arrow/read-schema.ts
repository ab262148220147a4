/** What a stream's schema says of its columns: the type that each becomes here, and how its bytes lie there. */
import type { Columns, ColumnSpec, DataType } from '@millrace/core'
import type { FlatTable } from './flatbuffer-reader.ts'
import { kinds } from './kinds.ts'
import { inUnit, type Recast, unsignedOf } from './recast.ts'
import { StreamError, type StreamProblem } from './stream-error.ts'

/** The type of a column that has nothing but nulls, which fits every other. */
export const nothing: DataType = { struct: {} }

/** `large`: offsets of 64 bits; a number: so many elements in every list, and no offsets. */
type Offsets = 'none' | 'plain' | 'large' | number

export interface StreamField {
  readonly name: string
  readonly required: boolean
  readonly type: DataType
  readonly offsets: Offsets
  /** Null: the numbers are as ours. */
  readonly recast: Recast | null
  readonly children: readonly StreamField[]
}

type Form = Pick<StreamField, 'type'> & Partial<Pick<StreamField, 'offsets' | 'recast' | 'children'>>

const deepest = 64

/** Types that are refused, by what writers call them, with what to do. */
const refused: Readonly<Record<number, readonly [name: string, fix: string]>> = {
  [kinds.interval]: ['interval', 'Write it as text, or as a number of one unit.'],
  [kinds.union]: ['union', 'Write a column for each of its types.'],
  [kinds.duration]: ['duration', 'Cast it to int64.'],
  [kinds.runs]: ['run_end_encoded', 'Decode it where the stream is written.'],
  [kinds.binaryView]: ['binary_view', 'Cast it to binary.'],
  [kinds.utf8View]: [
    'string_view',
    'Cast it to string; Polars writes strings with `compat_level=pl.CompatLevel.oldest()`.',
  ],
  [kinds.listView]: ['list_view', 'Cast it to list.'],
  [kinds.largeListView]: ['large_list_view', 'Cast it to list.'],
}

class Refused extends Error {
  readonly fix: string

  constructor(type: string, fix: string) {
    super(type)
    this.fix = fix
  }
}

function extensionOf(field: FlatTable): string | null {
  for (const pair of field.tables(6)) if (pair.string(0) === 'ARROW:extension:name') return pair.string(1)
  return null
}

function intForm(type: FlatTable): Form {
  const bits = type.int32(0)
  if (type.int8(1) !== 0) return { type: bits === 8 ? 'int8' : bits === 16 ? 'int16' : bits === 32 ? 'int32' : 'int64' }
  if (bits === 64) return { type: 'uint64' }
  return { type: bits === 8 ? 'int16' : bits === 16 ? 'int32' : 'int64', recast: unsignedOf(bits) }
}

function floatForm(type: FlatTable): Form {
  const precision = type.int16(0)
  if (precision === 0) throw new Refused('float16', 'Cast it to float32.')
  return { type: precision === 1 ? 'float32' : 'float64' }
}

function decimalForm(type: FlatTable): Form {
  const [precision, scale, bits] = [type.int32(0), type.int32(1), type.int32(2, 128)]
  const name = `decimal${bits}(${precision}, ${scale})`
  if (bits !== 128) throw new Refused(name, 'Cast it to a decimal128.')
  if (precision < 1 || precision > 38 || scale < 0 || scale > precision)
    throw new Refused(name, 'Cast it to a decimal128 with a scale from 0 to its precision.')
  return { type: `decimal(${precision},${scale})` }
}

const dateForm = (type: FlatTable): Form =>
  type.int16(0, 1) === 0 ? { type: 'date' } : { type: 'date', recast: inUnit(8, { over: 86_400_000n }) }

function timeForm(type: FlatTable): Form {
  const unit = type.int16(0, 1)
  if (unit === 2) return { type: 'time' }
  if (unit === 3) return { type: 'time', recast: inUnit(8, { over: 1000n }) }
  return { type: 'time', recast: inUnit(4, { times: unit === 0 ? 1_000_000n : 1000n }) }
}

function timestampForm(type: FlatTable): Form {
  const unit = type.int16(0)
  const zoned = type.string(1) !== null
  if (unit === 3) return { type: zoned ? 'timestamptz_ns' : 'timestamp_ns' }
  const micros = zoned ? 'timestamptz' : 'timestamp'
  if (unit === 2) return { type: micros }
  return { type: micros, recast: inUnit(8, { times: unit === 0 ? 1_000_000n : 1000n }) }
}

function fixedForm(type: FlatTable, extension: string | null): Form {
  const width = type.int32(0)
  if (extension === 'arrow.uuid' && width === 16) return { type: 'uuid' }
  if (width < 1) throw new Refused(`fixed_size_binary[${width}]`, 'Cast it to binary.')
  return { type: `fixed(${width})` }
}

function textForm(extension: string | null, offsets: Offsets): Form {
  const type = extension === 'arrow.json' ? 'json' : extension === 'millrace.variant' ? 'variant' : 'string'
  return { type, offsets }
}

const plainForms: Readonly<Record<number, (type: FlatTable, extension: string | null) => Form>> = {
  [kinds.nothing]: () => ({ type: nothing }),
  [kinds.int]: intForm,
  [kinds.float]: floatForm,
  [kinds.binary]: () => ({ type: 'binary', offsets: 'plain' }),
  [kinds.largeBinary]: () => ({ type: 'binary', offsets: 'large' }),
  [kinds.utf8]: (_, extension) => textForm(extension, 'plain'),
  [kinds.largeUtf8]: (_, extension) => textForm(extension, 'large'),
  [kinds.bool]: () => ({ type: 'boolean' }),
  [kinds.decimal]: decimalForm,
  [kinds.date]: dateForm,
  [kinds.time]: timeForm,
  [kinds.timestamp]: timestampForm,
  [kinds.fixed]: fixedForm,
}

const requiredMark = (field: StreamField): { readonly required?: true } => (field.required ? { required: true } : {})

const listOffsets: Readonly<Record<number, (type: FlatTable) => Offsets>> = {
  [kinds.list]: () => 'plain',
  [kinds.largeList]: () => 'large',
  [kinds.fixedList]: (type) => {
    const size = type.int32(0)
    if (size < 0) throw new RangeError('lists of a size below zero')
    return size
  },
}

function mapForm(entries: FlatTable | undefined, path: string, depth: number): Form {
  const [key, value] = entries?.tables(5) ?? []
  if (key === undefined || value === undefined) throw new RangeError('a map without a key or a value')
  const children = [readField(key, `${path}.key`, depth + 1), readField(value, `${path}.value`, depth + 1)] as const
  const type: DataType = { map: [children[0].type, children[1].type], ...requiredMark(children[1]) }
  return { type, offsets: 'plain', children }
}

function nestedForm(kind: number, type: FlatTable, field: FlatTable, path: string, depth: number): Form | null {
  if (depth > deepest) throw new RangeError('columns inside of columns without an end')
  if (kind === kinds.struct) {
    const children = field.tables(5).map((child) => readField(child, `${path}.${child.string(0) ?? ''}`, depth + 1))
    if (children.length === 0) throw new Refused('struct<>', 'Leave it out: it has no fields.')
    return { type: { struct: columnsOf(children, `${path} has`) }, children }
  }
  const [first] = field.tables(5)
  if (kind === kinds.map) return mapForm(first, path, depth)
  const offsets = listOffsets[kind]
  if (offsets === undefined) return null
  if (first === undefined) throw new RangeError('a list without an element')
  const element = readField(first, `${path}.element`, depth + 1)
  return { type: { list: element.type, ...requiredMark(element) }, offsets: offsets(type), children: [element] }
}

function readForm(field: FlatTable, path: string, depth: number): Form {
  if (field.table(4) !== null)
    throw new Refused(
      'dictionary',
      'Decode it: in pyarrow `column.cast(column.type.value_type)`, in pandas `.astype(object)`, in Polars `.cast(pl.String)`.',
    )
  const kind = field.int8(2)
  const no = refused[kind]
  if (no !== undefined) throw new Refused(...no)
  const type = field.table(3)
  if (type === null) throw new RangeError('a column without a type')
  const form = nestedForm(kind, type, field, path, depth) ?? plainForms[kind]?.(type, extensionOf(field))
  if (form === undefined) throw new Refused(`number ${kind}`, 'Cast it to another type.')
  return form
}

function readField(field: FlatTable, path: string, depth: number): StreamField {
  const name = field.string(0) ?? ''
  try {
    const form = { offsets: 'none' as const, recast: null, children: [], ...readForm(field, path, depth) }
    return { name, required: field.int8(1) === 0, ...form }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new StreamError([
      { problem: `column ${path} is of type ${error.message}, which is not taken`, fix: error.fix },
    ])
  }
}

/** The columns of fields, whose names must be theirs alone: values are found under them. */
export function columnsOf(fields: readonly StreamField[], owner: string): Columns {
  const names = fields.map((field) => field.name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new StreamError([
      { problem: `${owner} ${JSON.stringify(twice)} twice`, fix: 'Rename one of the two, or leave it out.' },
    ])
  return Object.fromEntries(
    fields.map((field): readonly [string, ColumnSpec] => [field.name, { type: field.type, ...requiredMark(field) }]),
  )
}

/** The columns that a stream's schema message declares; all that are refused are told at once. */
export function readSchema(schema: FlatTable): readonly StreamField[] {
  if (schema.int16(0) !== 0)
    throw new StreamError([{ problem: 'its numbers are big-endian', fix: 'Write the stream little-endian.' }])
  const problems: StreamProblem[] = []
  const fields = schema.tables(1).flatMap((field) => {
    try {
      return [readField(field, field.string(0) ?? '', 0)]
    } catch (error) {
      if (!(error instanceof StreamError)) throw error
      problems.push(...error.problems)
      return []
    }
  })
  if (problems.length > 0) throw new StreamError(problems)
  return fields
}
