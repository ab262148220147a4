/** The name of a column that has none of its own. */
export const numberedColumn = (index: number): string => `column${index + 1}`

/** The fields of a header: one without a name gets one by its place, or its values would have no column. Lines often end with a
 * delimiter: behind the last one there is a column only if it is `wanted`, and the name stays empty otherwise. */
export function namedFields(header: readonly string[], wanted: (index: number) => boolean): readonly string[] {
  return header.map((name, i) => {
    if (name.trim() !== '') return name
    return i < header.length - 1 || wanted(i) ? numberedColumn(i) : ''
  })
}
