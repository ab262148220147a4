import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Paths in a project and what stands there. */
export type ProjectFiles = ReadonlyMap<string, string>

export interface SyntheticShape {
  readonly models: number
  /** Models of one layer read sources or models of the layer before. */
  readonly layers?: number
  /** Columns of the widest model. */
  readonly width?: number
}

/**
 * A project of many models for measuring: one source, then layers of models with CTEs, joins, aggregates and a header.
 * The same shape gives the same files.
 */
export function syntheticProject({ models, layers = 10, width = 12 }: SyntheticShape): ProjectFiles {
  const files = new Map([
    ['millrace.config.ts', configText],
    ['tables/raw/events.ts', sourceText(width)],
    ['events/1.csv', eventsText(width)],
  ])
  const perLayer = Math.max(1, Math.ceil(models / layers))
  for (let i = 0; i < models; i++) {
    const layer = Math.floor(i / perLayer)
    files.set(`tables/${layerName(layer)}/model_${i}.sql`, modelText(i, layer, perLayer, width))
  }
  return files
}

/** Writes files below a folder. */
export function writeFiles(root: string, files: ProjectFiles): void {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

const configText = `import { defineProject } from 'millrace'

export default defineProject({ name: 'synthetic', environments: { dev: {} } })
`

const layerName = (layer: number): string => `layer_${layer}`

const measures = (width: number): readonly string[] => Array.from({ length: width }, (_, i) => `m_${i}`)

function sourceText(width: number): string {
  const columns = measures(width).map((name) => `        ${name}: { type: 'float64' },`)
  return `import { defineSource } from 'millrace'

export default defineSource({
  connector: 'files',
  config: { path: 'events/*.csv' },
  tables: {
    'raw.events': {
      columns: {
        id: { type: 'int64' },
        tag: { type: 'string' },
        at_time: { type: 'timestamp' },
${columns.join('\n')}
      },
    },
  },
})
`
}

const eventsText = (width: number): string =>
  `${['id', 'tag', 'at_time', ...measures(width)].join()}\n${['1', 'a', '2026-01-01 00:00:00', ...measures(width).map(() => '0.5')].join()}\n`

function inputOf(model: number, layer: number, perLayer: number, step: number): string {
  if (layer === 0) return 'raw.events'
  const before = (layer - 1) * perLayer + ((model * 7 + step) % perLayer)
  return `${layerName(layer - 1)}.model_${before}`
}

function modelText(model: number, layer: number, perLayer: number, width: number): string {
  const [left, right] = [inputOf(model, layer, perLayer, 0), inputOf(model, layer, perLayer, 3)]
  const names = measures(width)
  const line = (make: (name: string, i: number) => string): string =>
    names.map((name, i) => `    ${make(name, i)}`).join(',\n')
  return `/* millrace
write: replace
note: Model ${model} of a synthetic project.
columns:
  id: { type: int64, checks: [not_null] }
  tag: { note: A word. }
*/
with recent as (
  select
    id,
    tag,
    at_time,
${line((name) => name)}
  from ${left}
  where id > ${model} and tag <> 'skip'
),
totals as (
  select id, max(at_time) as last_time, sum(m_0) as total, count(*) as rows_seen
  from ${right}
  group by id
),
joined as (
  select
    recent.id,
    recent.tag,
    coalesce(totals.last_time, recent.at_time) as at_time,
${line((name, i) => (i === 0 ? 'recent.m_0 + coalesce(totals.total, 0) as m_0' : `recent.${name} * ${i + 1} as ${name}`))}
  from recent
  left join totals on recent.id = totals.id
)
select
    id,
    tag,
    at_time,
${line((name) => name)}
from joined
where at_time is not null
`
}
