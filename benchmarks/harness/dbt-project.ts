import { basename } from 'node:path'
import type { ProjectFiles } from '@millrace/testkit'

/** A synthetic project as dbt wants it: the same texts, notes and checks. */
export function dbtProject(files: ProjectFiles): ProjectFiles {
  const models = [...files].filter(([path]) => path.endsWith('.sql'))
  return new Map([
    ['dbt_project.yml', "name: synthetic\nversion: '1.0'\nprofile: synthetic\nmodel-paths: [models]\n"],
    ['profiles.yml', "synthetic:\n  target: dev\n  outputs:\n    dev: { type: duckdb, path: ':memory:' }\n"],
    ['models/schema.yml', schemaText(models.map(([path]) => basename(path, '.sql')))],
    ...models.map(([path, text]) => [path.replace('tables/', 'models/'), modelText(text)] as const),
  ])
}

const modelText = (text: string): string => {
  const select = text
    .slice(text.indexOf('*/') + 2)
    .replaceAll(/layer_\d+\.(model_\d+)/g, "{{ ref('$1') }}")
    .replaceAll('raw.events', "{{ source('raw', 'events') }}")
  return `{{ config(materialized='table') }}${select}`
}

const schemaText = (models: readonly string[]): string => `version: 2
sources:
  - name: raw
    tables: [{ name: events }]
models:
${models.map(noted).join('\n')}
`

const noted = (model: string): string => `  - name: ${model}
    description: A model of a synthetic project.
    columns: [{ name: id, data_tests: [not_null] }, { name: tag, description: A word. }]`
