// Which constant bounds a filter puts on columns that were scanned and only copied since. Every shortcut here must stay
// on the safe side: a bound that is left out costs time, a bound that does not hold loses rows.
import { fromDuckType } from '../types.ts'
import type { DuckType, Expression } from './node.ts'
import type { BoundValue, Column, Origin, ScanBound } from './relation.ts'
import { typeName } from './type-name.ts'

/** Notes the bounds of a filter's conjuncts at the scans they belong to. */
export function noteBounds(conjuncts: readonly Expression[], columns: readonly Column[]): void {
  for (const one of conjuncts) {
    if (one.expression_class === 'BOUND_CONJUNCTION' && one.type === 'CONJUNCTION_AND')
      noteBounds(one.children ?? [], columns)
    else noteBound(one, columns)
  }
}

const operators: Readonly<Record<string, ScanBound['operator']>> = {
  COMPARE_EQUAL: '=',
  COMPARE_LESSTHAN: '<',
  COMPARE_LESSTHANOREQUALTO: '<=',
  COMPARE_GREATERTHAN: '>',
  COMPARE_GREATERTHANOREQUALTO: '>=',
}

const turned: Readonly<Record<ScanBound['operator'], ScanBound['operator']>> = {
  '=': '=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  in: 'in',
}

function noteBound(expression: Expression, columns: readonly Column[]): void {
  if (expression.type === 'COMPARE_IN') return noteList(expression.children ?? [], columns)
  const operator = operators[expression.type]
  const { left, right } = expression
  if (operator === undefined || left === undefined || right === undefined) return
  note(left, [right], operator, columns)
  note(right, [left], turned[operator], columns)
}

function noteList(children: readonly Expression[], columns: readonly Column[]): void {
  const [tested, ...values] = children
  if (tested !== undefined) note(tested, values, 'in', columns)
}

// DuckDB sorts NaN above every number and statistics leave NaN out, so a lower bound on a double does not hold.
function note(
  tested: Expression,
  values: readonly Expression[],
  operator: ScanBound['operator'],
  columns: readonly Column[],
): void {
  const origin = originOf(tested, columns)
  if (origin === null) return
  const bound = values.map((one) => valueOf(one, origin.type))
  if (bound.some((one) => one === null) || (origin.type === 'DOUBLE' && operator.startsWith('>'))) return
  origin.scan.bounds.push({ column: origin.column, operator, values: bound.filter((one) => one !== null) })
}

type TypedOrigin = Origin & { readonly type: string }

/** A scanned column, also through a cast from a smaller integer to a wider one. */
function originOf(expression: Expression, columns: readonly Column[]): TypedOrigin | null {
  if (expression.expression_class === 'BOUND_CAST' && expression.child !== undefined) {
    const inner = originOf(expression.child, columns)
    const to = nameOf(expression.return_type)
    return inner !== null && expression.try_cast !== true && widens(inner.type, to) ? inner : null
  }
  if (expression.expression_class !== 'BOUND_REF') return null
  const origin = columns[expression.index ?? 0]?.origin
  return origin === undefined ? null : { ...origin, type: nameOf(expression.return_type) }
}

const nameOf = (type: DuckType | undefined): string => (type === undefined ? '' : typeName(type))

const integers = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT']

const widens = (from: string, to: string): boolean =>
  from === to || (integers.includes(from) && integers.indexOf(to) > integers.indexOf(from))

/** The value of a constant or the name of a parameter, in the neutral form of the column's type; null: not to be told. */
function valueOf(expression: Expression, type: string): BoundValue | null {
  if (expression.expression_class === 'BOUND_PARAMETER') {
    const fits = nameOf(expression.return_type) === type && expression.identifier !== undefined
    return fits ? { param: expression.identifier } : null
  }
  if (expression.expression_class === 'BOUND_CAST' && expression.child !== undefined) {
    return widens(nameOf(expression.return_type), type) || widens(type, nameOf(expression.return_type))
      ? valueOf(expression.child, type)
      : null
  }
  const value = expression.value
  if (expression.expression_class !== 'BOUND_CONSTANT' || value === undefined || value.is_null === true) return null
  const constant = neutral(value.value, typeName(value.type), type)
  return constant === null ? null : { constant }
}

type Constant = string | number | boolean | bigint

/** What a constant of one type is when compared with a column of another. */
function neutral(value: unknown, from: string, column: string): Constant | null {
  const type = fromDuckType(column)
  if (typeof type !== 'string') return null
  if (type.startsWith('decimal')) return scaleOf(from) > scaleOf(column) ? null : asDecimal(value, from)
  return neutralBy[type]?.(value, from) ?? null
}

const asText = (value: unknown, from: string): string | null =>
  from === 'VARCHAR' && typeof value === 'string' ? value : null

const isInteger = (from: string): boolean => integers.includes(from)

const asNumber = (value: unknown, from: string): number | null =>
  isInteger(from) && typeof value === 'number' ? value : null

const asBigint = (value: unknown, from: string): bigint | null =>
  isInteger(from) && (typeof value === 'number' || typeof value === 'string') ? BigInt(value) : null

const matching =
  (pattern: RegExp) =>
  (value: unknown, from: string): string | null => {
    const text = asText(value, from)
    return text !== null && pattern.test(text) ? text : null
  }

const neutralBy: Readonly<Record<string, (value: unknown, from: string) => Constant | null>> = {
  boolean: (value, from) => (from === 'BOOLEAN' && typeof value === 'boolean' ? value : null),
  int8: asNumber,
  int16: asNumber,
  int32: asNumber,
  int64: asBigint,
  uint64: asBigint,
  float64: asFloat,
  string: asText,
  uuid: matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  date: matching(/^\d{4}-\d\d-\d\d$/),
  timestamp: asTimestamp,
  timestamptz: asZoned,
}

function asFloat(value: unknown, from: string): number | null {
  if (from === 'DOUBLE' && typeof value === 'number') return value
  const decimal = asDecimal(value, from)
  return decimal === null ? null : Number(decimal)
}

/** A constant of more digits than the column would have been rounded on the way. */
const scaleOf = (type: string): number => Number(/,(\d+)\)$/.exec(type)?.[1] ?? 0)

/** Serialised decimals are their digits without the point. */
function asDecimal(value: unknown, from: string): string | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null
  if (isInteger(from)) return String(value)
  const scale = /^DECIMAL\(\d+,(\d+)\)$/.exec(from)?.[1]
  if (scale === undefined) return null
  const digits = String(value)
    .replace('-', '')
    .padStart(Number(scale) + 1, '0')
  const cut = digits.length - Number(scale)
  const point = Number(scale) === 0 ? '' : `.${digits.slice(cut)}`
  return `${String(value).startsWith('-') ? '-' : ''}${digits.slice(0, cut)}${point}`
}

const moment = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d(?:\.\d{1,6})?))?)?$/

/** `2024-01-01 10:00:00.5` as tables keep it: `2024-01-01T10:00:00.500000`. */
function asTimestamp(value: unknown, from: string): string | null {
  const found = moment.exec(asText(value, from) ?? '')
  if (found === null) return null
  const [seconds = '00', fraction = ''] = (found[3] ?? '00').split('.')
  return `${found[1]}T${found[2] ?? '00:00'}:${seconds}.${fraction.padEnd(6, '0')}`
}

/** Sessions run in UTC, so a moment without a zone is one of UTC. */
function asZoned(value: unknown, from: string): string | null {
  const text = asText(value, from)?.replace(/(Z|\+00(:00)?)$/, '') ?? null
  const local = text === null ? null : asTimestamp(text, from)
  return local === null ? null : `${local}Z`
}
