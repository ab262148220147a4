/** Decimals as exact text, from and to the unscaled integer that every format stores. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return `${unscaled}`
  const negative = unscaled < 0n
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
