import type { Json } from '@millrace/core'

export interface RowDifferences {
  /** Rows that agree in something, with what they do not agree in. */
  readonly differing: readonly {
    /** What both have, cut where it is long. */
    readonly row: string
    readonly columns: readonly { readonly name: string; readonly expected: string; readonly got: string }[]
  }[]
  readonly missing: readonly Json[]
  readonly extra: readonly Json[]
}

type Cells = Readonly<Record<string, Json>>

const widest = 80

/** Expected rows beside those that came: a row and the one that is most like it are told by the columns that differ. */
export function rowDifferences(missing: readonly Json[], extra: readonly Json[]): RowDifferences {
  const left = [...extra]
  const differing: RowDifferences['differing'][number][] = []
  const alone = missing.filter((row) => {
    const same = left.map((other) => agreeing(row, other).length)
    const most = Math.max(0, ...same)
    // One that agrees in everything came in another place of the order: it is told whole.
    if (most === 0 || most === Object.keys(row as Cells).length) return true
    const [other] = left.splice(same.indexOf(most), 1)
    differing.push(differenceOf(row as Cells, other as Cells))
    return false
  })
  return { differing, missing: alone, extra: left }
}

function agreeing(row: Json, other: Json): readonly string[] {
  const [one, two] = [row as Cells, other as Cells]
  return Object.keys(one).filter((name) => textOf(one[name]) === textOf(two[name]))
}

function differenceOf(row: Cells, other: Cells): RowDifferences['differing'][number] {
  const same = agreeing(row, other)
  const columns = Object.keys(row)
    .filter((name) => !same.includes(name))
    .map((name) => ({ name, expected: textOf(row[name]), got: textOf(other[name]) }))
  const whole = JSON.stringify(Object.fromEntries(same.map((name) => [name, row[name]])))
  return { row: whole.length > widest ? `${whole.slice(0, widest)}…` : whole, columns }
}

const textOf = (value: Json | undefined): string => JSON.stringify(value ?? null)
