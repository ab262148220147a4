const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Reads `500ms`, `30s`, `5m`, `2h`, `7d`, `1w` and sums such as `1h30m`; null when it is none.
 *
 * ```ts
 * import { parseDuration } from '@millrace/core'
 * parseDuration('1h30m') //=> 5_400_000
 * ```
 */
export function parseDuration(text: string): number | null {
  const clean = text.replaceAll(/\s+/g, '')
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/.test(clean)) return null
  let sum = 0
  for (const [, amount, unit] of clean.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) {
    sum += Number(amount) * (units[unit as string] as number)
  }
  return sum
}
