import type { Graph, Instant, Node } from '@millrace/core'
import { expect, test } from 'vitest'
import { beforeStart } from '../src/terminal/before-start.ts'

const start = Date.UTC(2026, 0, 1) as Instant
const node = (id: string, from: Instant | null): readonly [string, Node] => [
  id,
  {
    id,
    outputs: { [id]: {} },
    inputs: [],
    checkInputs: [],
    tags: [],
    intervals: { grain: 'day', start: from, lookback: 0 },
  } as unknown as Node,
]
const nodes = new Map([node('t.daily', start), node('t.open', null)])
const graph = {
  nodes,
  producers: new Map([...nodes.keys()].map((id) => [id, id])),
  lineage: () => [],
} as unknown as Graph
const within = (to: Instant): { readonly from: Instant; readonly to: Instant } => ({ from: -8.64e15 as Instant, to })

test('a range that lies before the start of a table is told, another is not', () => {
  expect(beforeStart(graph, { within: within(start) })).toBe(
    't.daily begins at 2026-01-01: the range asked for lies before (`start` in the definition)',
  )
  expect(beforeStart(graph, { within: within((start + 1) as Instant) })).toBeNull()
  expect(beforeStart(graph, { select: ['t.open'], within: within(start) })).toBeNull()
  expect(beforeStart(graph, {})).toBeNull()
})
