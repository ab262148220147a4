import { type ArrowColumn, countNulls, isThere, layoutOf } from './column.ts'

function masked(column: ArrowColumn, mask: Uint8Array): ArrowColumn {
  const { validity: own, length } = column
  const validity = mask.map((bits, i) => bits & (own === null ? 0xff : (own[i] ?? 0)))
  return { ...column, validity, nulls: countNulls(validity, length) }
}

/** One bit for each element of a list column, or entry of a map column, that one of its rows has. */
function elementsIn({ validity, offsets, length, children }: ArrowColumn): Uint8Array | null {
  const elements = children[0]?.length ?? 0
  if (offsets === null || (validity === null && offsets[0] === 0 && offsets[length] === elements)) return null
  const mask = new Uint8Array((elements + 7) >> 3)
  for (let row = 0; row < length; row++)
    if (isThere(validity, row))
      for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at++)
        mask[at >> 3] = (mask[at >> 3] ?? 0) | (1 << (at & 7))
  return mask
}

/** The column with nothing behind a null: fields of a struct are null where it is, and elements where no list has them. */
export function withNullsBelow(column: ArrowColumn): ArrowColumn {
  if (column.children.length === 0) return column
  const mask = layoutOf(column.type) === 'struct' ? column.validity : elementsIn(column)
  const children = column.children.map((child) => withNullsBelow(mask === null ? child : masked(child, mask)))
  return { ...column, children }
}
