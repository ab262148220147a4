/** Whether a decimal fraction, as a text without an exponent, is another number than the double that is nearest to it.
 *
 * ```ts
 * import { losesDigits } from '@millrace/core'
 * losesDigits('1234567890123456789.5') //=> true
 * ```
 */
export function losesDigits(text: string): boolean {
  return /^[-+]?\d*\.\d*$/.test(text) && significant(text) !== significant(String(Number(text)))
}

/** A decimal number without sign as its digits and their power of ten: one text for one number. */
function significant(text: string): string {
  const [, whole = '', fraction = '', power = '0'] = /^[-+]?(\d*)\.?(\d*)(?:e(.+))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const shown = digits.replace(/0+$/, '')
  return shown === '' ? '0' : `${shown}e${Number(power) - fraction.length + digits.length - shown.length}`
}
