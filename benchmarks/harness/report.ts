import type { Measured, Verdict } from './judge.ts'

/** What one benchmark measured, as it is written to `results/`. */
export interface Result {
  readonly name: string
  readonly about: string
  readonly date: string
  readonly small: boolean
  readonly sizes: Readonly<Record<string, number | string>>
  readonly machine: object
  readonly versions: Readonly<Record<string, string>>
  readonly measured: readonly Measured[]
  readonly budget: readonly Verdict[]
  readonly leftOut: readonly string[]
}

export function renderResult({ name, about, measured, budget, leftOut }: Result): string {
  const rows = measured.map((one) => [
    one.ours ? one.name : `  ${one.name}`,
    `${one.medianSeconds.toFixed(3)} s`,
    one.repetitions.map((each) => each.seconds.toFixed(2)).join(' '),
    `${one.peakMb} MB`,
  ])
  const verdicts = budget.map(
    ({ rule, measured: value, limit, kept }) => `  ${kept ? 'kept  ' : 'MISSED'} ${rule}: ${value} (at most ${limit})`,
  )
  const missing = leftOut.length === 0 ? [] : [`  left out: ${leftOut.join(', ')}`]
  return [`${name}: ${about}`, ...grid(rows), ...verdicts, ...missing, ''].join('\n')
}

function grid(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)))
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
}
