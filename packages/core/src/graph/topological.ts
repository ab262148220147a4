/** Each item after those it needs, ties in the given order. Items on a cycle come last: whoever found the cycle reports it. */
export function topological<T extends { readonly id: string }>(
  items: readonly T[],
  needs: (item: T) => readonly string[],
): readonly T[] {
  const byId = new Map(items.map((one) => [one.id, one]))
  const out: T[] = []
  const seen = new Set<string>()
  const visit = (start: T): void => {
    // An explicit stack: a chain of thousands of models must not overflow the call stack.
    const stack: { item: T; next: number; before: readonly string[] }[] = [
      { item: start, next: 0, before: needs(start) },
    ]
    seen.add(start.id)
    while (stack.length > 0) {
      const top = stack.at(-1) as (typeof stack)[number]
      const id = top.before[top.next++]
      if (id === undefined) {
        out.push(top.item)
        stack.pop()
        continue
      }
      const item = byId.get(id)
      if (item === undefined || seen.has(id)) continue
      seen.add(id)
      stack.push({ item, next: 0, before: needs(item) })
    }
  }
  for (const item of items) if (!seen.has(item.id)) visit(item)
  return out
}
