import type { TableName } from '@millrace/core'

export interface Reading {
  readonly name: TableName
  readonly reads: readonly TableName[]
}

/** Models in layers, each reading only earlier ones, and the circles that are in no layer. */
export function layersOf<T extends Reading>(
  models: readonly T[],
): { readonly layers: readonly (readonly T[])[]; readonly left: readonly T[] } {
  const names = new Set(models.map((one) => one.name))
  const waiting = new Map(models.map((one) => [one.name, one.reads.filter((name) => names.has(name)).length]))
  const readers = new Map<TableName, T[]>()
  for (const model of models) for (const name of model.reads) readers.set(name, [...(readers.get(name) ?? []), model])
  const layers: (readonly T[])[] = []
  let layer = models.filter((one) => waiting.get(one.name) === 0)
  while (layer.length > 0) {
    layers.push(layer)
    for (const one of layer) waiting.delete(one.name)
    layer = layer.flatMap((one) =>
      (readers.get(one.name) ?? []).filter((reader) => countDown(waiting, reader.name) === 0),
    )
  }
  return { layers, left: models.filter((one) => waiting.has(one.name)) }
}

function countDown(waiting: Map<TableName, number>, name: TableName): number {
  const left = (waiting.get(name) ?? 0) - 1
  waiting.set(name, left)
  return left
}

/** The circles among models that are in no layer, each once, as a path that ends where it began. */
export function cyclesOf(left: readonly Reading[]): readonly (readonly TableName[])[] {
  const byName = new Map(left.map((one) => [one.name, one]))
  const done = new Set<TableName>()
  const cycles: (readonly TableName[])[] = []
  for (const start of left) {
    const path: TableName[] = []
    let at: TableName | undefined = start.name
    // Everything left over waits for something left over, so following any of those ends in a circle.
    while (at !== undefined && !done.has(at) && !path.includes(at)) {
      path.push(at)
      at = byName.get(at)?.reads.find((name) => byName.has(name))
    }
    if (at !== undefined && path.includes(at)) cycles.push([...path.slice(path.indexOf(at)), at])
    for (const name of path) done.add(name)
  }
  return cycles
}
