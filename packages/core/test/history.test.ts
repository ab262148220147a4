import { expect, test } from 'vitest'
import { columnLineage, type Node, type Output } from '../src/index.ts'

/** Of a graph only what lineage looks at. */
function edgesOf(write: Output['write']): readonly string[] {
  const columns = { id: { type: 'int64' }, At: { type: 'timestamptz' } } as const
  const node = { outputs: { 'a.b': { write, columns } } } as unknown as Node
  const copied = { from: 'x.y.id', to: 'a.b.id', by: 'copy' } as const
  const edges = columnLineage({ nodes: new Map([['a.b', node]]), lineage: () => [copied] })
  return edges.map((edge) => `${edge.from} > ${edge.to}`)
}

test('the columns that a history adds come from those that say when and whose', () => {
  const [copied, ...own] = edgesOf({ history: 'ID', type: 2, changedAt: 'at' })
  expect(copied).toBe('x.y.id > a.b.id')
  expect(own).toEqual([
    ...['valid_from', 'valid_to', 'is_current', 'valid_seen'].map((name) => `a.b.At > a.b.${name}`),
    'a.b.id > a.b.version_key',
    'a.b.valid_from > a.b.version_key',
  ])
})

test('without changedAt versions begin when the run does; other writes add nothing', () => {
  expect(edgesOf({ history: ['id'], type: 2 }).slice(1)).toEqual([
    'a.b.id > a.b.version_key',
    'a.b.valid_from > a.b.version_key',
  ])
  for (const write of ['replace', { merge: 'id' }, { history: 'id', type: 1 }] as const)
    expect(edgesOf(write)).toEqual(['x.y.id > a.b.id'])
})
