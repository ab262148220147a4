const safeHigh = 0x1f_ffff

/** The 64 bits of a number that a double holds exactly; null for others, which need a big integer. */
export function safeNumber(view: DataView, at: number): number | null {
  const high = view.getInt32(at + 4, true)
  return high > safeHigh || high < -safeHigh ? null : high * 2 ** 32 + view.getUint32(at, true)
}

/** The unscaled integer of a decimal of 128 bits: a plain number where that is exact, for big ones are slow. */
export function unscaledAt(view: DataView, at: number): bigint | number {
  const [low, high] = [safeNumber(view, at), view.getBigInt64(at + 8, true)]
  return low !== null && high === (low < 0 ? -1n : 0n) ? low : (high << 64n) | view.getBigUint64(at, true)
}

/** Decimals as exact text, from and to the unscaled integer that every format stores. */
export function decimalText(unscaled: bigint | number, scale: number): string {
  if (scale === 0) return `${unscaled}`
  const negative = unscaled < 0
  const digits = `${negative ? -unscaled : unscaled}`.padStart(scale + 1, '0')
  const whole = digits.slice(0, -scale)
  return `${negative ? '-' : ''}${whole}.${digits.slice(-scale)}`
}

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?$/

/** The unscaled integer of a decimal's text; more fraction digits than the scale are refused unless they are zeros. */
export function parseDecimal(text: string, scale: number): bigint {
  const match = pattern.exec(text.trim())
  const fraction = match?.[3] ?? ''
  if (match === null || (match[2] === '' && fraction === '') || /[^0]/.test(fraction.slice(scale)))
    throw new Error(`${JSON.stringify(text)} does not fit a decimal with ${scale} fraction digits`)
  const unscaled = BigInt(`${match[2] ?? ''}${fraction.padEnd(scale, '0').slice(0, scale)}`)
  return match[1] === '-' ? -unscaled : unscaled
}
