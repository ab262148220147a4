/** Whether DuckDB's cast of a text to a plain type changes its value: `bend-sql.ts` in TypeScript, for single texts. */
import type { DataType } from '@millrace/core'
import { decimalOf } from '../arrow/column.ts'
import { midnight, plainDate, plainTime } from './bend-sql.ts'

const dateAlone = new RegExp(plainDate)
const dateBegins = /^\s*[+-]?\d+[-/]\d/
const timeAlone = new RegExp(plainTime)
const dateAtMidnight = new RegExp(midnight)
const infinite = /^\s*[+-]?inf/i
const offset = /:[0-9.]+\s*[+-][0-9:]*[1-9]/
const beyond = { 6: /\.\d{6}\d*[1-9]/, 9: /\.\d{9}\d*[1-9]/ } as const

/** Places behind the point that a number's text needs: 2.50 needs one, 25e-1 too, 1e3 none. Hexadecimal has none. */
export function places(text: string): number {
  if (/^\s*[+-]?0x|^\s*[+-]?0b/i.test(text)) return 0
  const [front = '', exponent] = text.toLowerCase().split('e')
  const mantissa = front.replaceAll(/[^0-9.]/g, '')
  const digits = mantissa.replace('.', '')
  const counted = digits.replace(/0+$/, '')
  if (counted === '') return 0
  // DuckDB takes an exponent without digits for none.
  const moved = exponent === undefined || /^[+-]?\s*$/.test(exponent) ? 0 : Number(exponent)
  return (
    (mantissa.split('.')[1] ?? '').length + counted.length - digits.length - (Number.isNaN(moved) ? -99_999 : moved)
  )
}

const number = (text: string): number => Number(text.replaceAll('_', ''))

/** Of a text that converts; what does not is DuckDB's to refuse. */
export function bends(text: string, type: DataType, point = '.'): boolean {
  if (typeof type !== 'string') return false
  const pointed = point === '.' ? text : text.replaceAll(point, '.')
  const decimal = decimalOf(type)
  if (decimal !== null) return places(pointed) > decimal.scale
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- other types take a text as it is, or not at all
  switch (type) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint64':
      return places(text) > 0
    case 'float32':
      return !/inf/i.test(text) && Math.abs(Math.fround(number(pointed))) === Infinity
    case 'float64':
      return !/inf/i.test(text) && Math.abs(number(pointed)) === Infinity
    case 'date':
      return infinite.test(text) || (dateBegins.test(text) && !dateAlone.test(text) && !dateAtMidnight.test(text))
    case 'time':
      return /[:/-]|epoch/i.test(text) && !timeAlone.test(text)
    case 'timestamp':
    case 'timestamp_ns':
      return infinite.test(text) || offset.test(text) || beyond[type === 'timestamp' ? 6 : 9].test(text)
    case 'timestamptz':
      return infinite.test(text) || beyond[6].test(text)
    case 'timestamptz_ns':
      return infinite.test(text) || beyond[9].test(text)
    default:
      return false
  }
}
