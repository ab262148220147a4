/** The names that a wrong one most likely meant, nearest first. */
export function nearest(name: string, known: Iterable<string>, most = 3): readonly string[] {
  const wanted = name.toLowerCase()
  // Of a name of two letters one at least has to be right.
  const limit = Math.min(wanted.length - 1, Math.max(2, Math.floor(wanted.length / 3)))
  return [...known]
    .map((one) => ({ one, far: distance(wanted, one.toLowerCase()) }))
    .filter(({ one, far }) => far <= limit || (wanted.length > 2 && one.toLowerCase().includes(wanted)))
    .toSorted((a, b) => a.far - b.far || (a.one < b.one ? -1 : 1))
    .slice(0, most)
    .map(({ one }) => one)
}

/** Edit distance in which two swapped neighbours count as one mistake, as typing errors are. */
export function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const now = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((last[j] as number) + 1, (now[j - 1] as number) + 1, (last[j - 1] as number) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] as number) + 1)
      now.push(best)
    }
    before = last
    last = now
  }
  return last[b.length] as number
}
