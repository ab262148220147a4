import { issue, type Issue, type TableName } from '@millrace/core'
import { hashText } from '../files/hash.ts'
import { tableOfPath } from '../files/table-name.ts'
import { readYaml } from '../header/read-header.ts'
import { seedSchema } from '../header/settings.ts'
import type { Found } from './draft.ts'
import { commonOf, issueOfMistake, oneTable, placeInYaml, specOf } from './settings.ts'

/** The file that says the columns of a seed. */
export const headerOfSeed = (file: string): string => file.replace(/\.\w+$/, '.yaml')

/** `seeds/bronze/countries.csv` with `countries.yaml` beside it; its rows are part of the project. */
export function readSeed(file: string, content: string, header: string | null): Found {
  const headerFile = headerOfSeed(file)
  const origin = { file: header === null ? file : headerFile, ...(header === null ? {} : { text: header }) }
  const nothing = (one: Issue): Found => ({ file, origin, definitions: [], issues: [one] })
  const name = tableOfPath(file)
  if (typeof name !== 'string') return nothing(name)
  const start = { file, line: 1, column: 1, length: 1 }
  if (header === null) return nothing(issue('project/seed-columns', { file, header: headerFile }, { at: start }))
  const { value, mistakes } = readYaml(header, seedSchema, 'the seed')
  const issues = mistakes.map((one) => issueOfMistake(one, placeInYaml(one, headerFile, header, 0)))
  const definition = {
    kind: 'source' as const,
    name,
    ...commonOf(value),
    connector: 'seed',
    // The content's hash makes an edited seed a changed definition.
    config: { path: file, format: file.endsWith('.json') ? 'json' : 'csv', content: hashText(content) },
    tables: oneTable(name satisfies TableName, specOf(value, 'replace')),
  }
  return { file, origin, definitions: [definition], issues }
}
