import { columnLineage, type Edge, fail, type Graph, nearest, type TableName } from '@millrace/core'
import { openWorkspace } from '@millrace/runtime'
import { flag, type Input, text } from '../command.ts'
import { report } from '../dispatch.ts'
import { type Screen, screen } from '../terminal/screen.ts'
import { firstArgument } from './table-argument.ts'

export async function run(input: Input): Promise<number> {
  const name = firstArgument(input, 'a table or column, such as gold.revenue or gold.revenue.amount')
  const workspace = await openWorkspace({ dir: text(input, 'project') })
  try {
    if (workspace.issues.length > 0) return report(workspace.issues, input.json)
    const { graph } = workspace
    const [layer, table, column] = name.split('.')
    const known = [...graph.producers.keys()].find((one) => one.toLowerCase() === `${layer}.${table}`.toLowerCase())
    if (known === undefined)
      fail(
        'command/unknown-table',
        { name, environment: 'the project' },
        { candidates: nearest(name, graph.producers.keys()) },
      )
    if (column !== undefined) needColumn(graph, known, column)
    const [up, down] = [flag(input, 'up') || !flag(input, 'down'), flag(input, 'down') || !flag(input, 'up')]
    const edges =
      column === undefined
        ? tableEdges(graph, known, { up, down })
        : columnEdges(columnLineage(graph), `${known}.${column}`, { up, down })
    if (input.json) process.stdout.write(`${JSON.stringify(edges, null, 2)}\n`)
    else
      process.stdout.write(render(column === undefined ? known : `${known}.${column}`, edges, screen(process.stdout)))
    return 0
  } finally {
    await workspace.close()
  }
}

function needColumn({ nodes, producers }: Graph, table: TableName, column: string): void {
  const names = Object.keys(nodes.get(producers.get(table) ?? '')?.outputs[table]?.columns ?? {})
  if (names.some((one) => one.toLowerCase() === column.toLowerCase())) return
  fail('command/unknown-column', { table, column }, { candidates: nearest(column, names) })
}

interface Line {
  readonly from: string
  readonly to: string
  readonly how: string
}

interface Directions {
  readonly up: boolean
  readonly down: boolean
}

interface Found {
  readonly up: readonly Line[]
  readonly down: readonly Line[]
}

function tableEdges(graph: Graph, table: TableName, { up, down }: Directions): Found {
  const all: Line[] = [...graph.nodes.values()].flatMap((node) =>
    node.inputs.flatMap((from) =>
      (Object.keys(node.outputs) as TableName[]).map((to) => ({ from: from.table, to, how: 'reads' })),
    ),
  )
  return walk(all, table, { up, down })
}

function columnEdges(lineage: readonly Edge[], column: string, directions: Directions): Found {
  const all: Line[] = lineage.map((edge) => ({
    from: edge.from,
    to: edge.to,
    how: 'by' in edge ? edge.by : `${edge.decides} decides`,
  }))
  const wanted = all.find((one) => [one.from, one.to].some((end) => end.toLowerCase() === column.toLowerCase()))
  const exact = [wanted?.from, wanted?.to].find((end) => end?.toLowerCase() === column.toLowerCase()) ?? column
  return walk(all, exact, directions)
}

/** Every edge on a way to the start and from it, nearest first. */
function walk(all: readonly Line[], start: string, { up, down }: Directions): Found {
  return {
    up: up ? follow(all, start, 'to', 'from') : [],
    down: down ? follow(all, start, 'from', 'to') : [],
  }
}

function follow(all: readonly Line[], start: string, near: 'from' | 'to', far: 'from' | 'to'): readonly Line[] {
  const out: Line[] = []
  const seen = new Set([start])
  for (let edge = [start]; edge.length > 0;) {
    const next: string[] = []
    for (const line of all) {
      if (!edge.includes(line[near])) continue
      out.push(line)
      if (!seen.has(line[far])) next.push(line[far])
      seen.add(line[far])
    }
    edge = next
  }
  return out
}

function render(name: string, { up, down }: Found, { paint }: Screen): string {
  const side = (title: string, lines: readonly Line[], end: 'from' | 'to'): readonly string[] => {
    if (lines.length === 0) return []
    return [
      title,
      ...lines.map(
        (line) =>
          `  ${line[end]}  ${paint('dim', `${line.how}${end === 'from' ? ` → ${line.to}` : ` ← ${line.from}`}`)}`,
      ),
    ]
  }
  const parts = [paint('bold', name), ...side('made of', up, 'from'), ...side('used by', down, 'to')]
  if (up.length + down.length === 0) parts.push(paint('dim', '  stands alone'))
  return `${parts.join('\n')}\n`
}
