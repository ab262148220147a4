import type { Dict, Ranges, Scalar, TableName } from '@millrace/core'
import type { StoredBound, StoredValue, TableBounds } from './facts.ts'

type Range = Ranges[string]
type Bound = Exclude<Scalar, null>

/**
 * What the bounds of a select leave of each input, with these parameters; bounds whose parameters are not given count as
 * absent. A table that is scanned twice keeps what both scans leave out.
 *
 * ```ts
 * import { rangesOf } from '@millrace/sql'
 * const bounds = [{ table: 'silver.orders', bounds: [{ column: 'id', operator: '>', values: [{ param: 'least' }] }] }] as const
 * rangesOf(bounds, { least: 5 }) //=> { 'silver.orders': { id: { min: 5 } } }
 * ```
 */
export function rangesOf(
  bounds: readonly TableBounds[],
  params: Dict<Scalar> = {},
): Readonly<Record<TableName, Ranges>> {
  const byTable = new Map<TableName, Ranges>()
  for (const scan of bounds) {
    const table = scan.table as TableName
    const ranges = rangesOfScan(scan.bounds, params)
    const before = byTable.get(table)
    byTable.set(table, before === undefined ? ranges : either(before, ranges))
  }
  return Object.fromEntries([...byTable].filter(([, ranges]) => Object.keys(ranges).length > 0))
}

/** The column of each input that is held between `$from` and `$to` by every scan of it. */
export function windowsOf(bounds: readonly TableBounds[]): Readonly<Record<TableName, string>> {
  const byTable = new Map<TableName, readonly string[]>()
  for (const scan of bounds) {
    const table = scan.table as TableName
    const columns = windowColumns(scan.bounds)
    byTable.set(
      table,
      (byTable.get(table) ?? columns).filter((one) => columns.includes(one)),
    )
  }
  return Object.fromEntries([...byTable].flatMap(([table, [first]]) => (first === undefined ? [] : [[table, first]])))
}

function windowColumns(bounds: readonly StoredBound[]): readonly string[] {
  const bounded = (param: string, sign: string): readonly string[] =>
    bounds.filter((one) => one.operator.startsWith(sign) && isParam(one.values[0], param)).map((one) => one.column)
  const upper = bounded('to', '<')
  return bounded('from', '>').filter((one) => upper.includes(one))
}

const isParam = (value: StoredValue | undefined, name: string): boolean =>
  value !== undefined && 'param' in value && value.param.toLowerCase() === name

function rangesOfScan(bounds: readonly StoredBound[], params: Dict<Scalar>): Ranges {
  const ranges: Record<string, Range> = {}
  for (const bound of bounds) {
    const values = bound.values.map((one) => valueOf(one, params))
    if (values.some((one) => one === null)) continue
    const range = rangeOf(
      bound.operator,
      values.filter((one) => one !== null),
    )
    ranges[bound.column] = both(ranges[bound.column] ?? {}, range)
  }
  return ranges
}

function valueOf(value: StoredValue, params: Dict<Scalar>): Scalar {
  if ('big' in value) return BigInt(value.big)
  return 'constant' in value ? value.constant : (params[value.param] ?? null)
}

function rangeOf(operator: StoredBound['operator'], values: readonly Bound[]): Range {
  const [value] = values
  if (operator === 'in' || value === undefined) return { in: values }
  if (operator === '=') return { min: value, max: value }
  return operator.startsWith('<') ? { max: value } : { min: value }
}

/** Both hold: the tighter side of each. */
function both(a: Range, b: Range): Range {
  return { ...a, ...b, ...side('min', a, b, 1), ...side('max', a, b, -1) }
}

/** One of them holds: the looser side of what both have. */
function either(a: Ranges, b: Ranges): Ranges {
  const shared = Object.keys(a).filter((column) => b[column] !== undefined)
  const joined = shared.map((column) => [column, looser(a[column] ?? {}, b[column] ?? {})] as const)
  return Object.fromEntries(joined.filter(([, range]) => Object.keys(range).length > 0))
}

function looser(a: Range, b: Range): Range {
  const min = a.min === undefined || b.min === undefined ? {} : side('min', a, b, -1)
  const max = a.max === undefined || b.max === undefined ? {} : side('max', a, b, 1)
  return { ...min, ...max, ...(a.in === undefined || b.in === undefined ? {} : { in: [...a.in, ...b.in] }) }
}

/** One side of two ranges: the larger value for sign 1, the smaller for -1; nothing where they cannot be compared. */
function side(key: 'min' | 'max', a: Range, b: Range, sign: 1 | -1): Range {
  const [left, right] = [a[key], b[key]]
  if (left === undefined || right === undefined)
    return left === undefined && right === undefined ? {} : { [key]: left ?? right }
  const order = compare(left, right)
  if (order === null) return {}
  return { [key]: order * sign >= 0 ? left : right }
}

const numeric = /^-?\d+(\.\d+)?$/

/** Texts of digits may be decimals or words, which sort differently: they are not compared. */
function compare(a: Scalar, b: Scalar): number | null {
  if (a === null || b === null) return null
  if (a === b) return 0
  if (typeof a !== typeof b) return null
  if (typeof a === 'string' && numeric.test(a) && numeric.test(String(b))) return null
  return a < b ? -1 : 1
}
