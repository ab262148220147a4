import { issue, type Issue, nearest, type Place, placeOf, type TableName } from '@millrace/core'
import { hashText } from '../files/hash.ts'
import { tableOfPath } from '../files/table-name.ts'
import { findValue } from './find-value.ts'
import { readYaml } from '../header/read-header.ts'
import { seedSchema } from '../header/settings.ts'
import type { Found } from './draft.ts'
import { commonOf, issueOfMistake, oneTable, placeInYaml, specOf } from './settings.ts'

/** The file that says the columns of a seed. */
export const headerOfSeed = (file: string): string => file.replace(/\.\w+$/, '.yaml')

/** `seeds/bronze/countries.csv` with `countries.yaml` beside it; its rows are part of the project. */
export function readSeed(file: string, content: string, header: string | null): Found {
  const headerFile = headerOfSeed(file)
  const origin =
    header === null ? { file } : { file: headerFile, text: header, find: findValue(headerFile, header, header, 0) }
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
  const seed: Seed = { file, content, headerFile, header }
  const ofHeader = file.endsWith('.csv') && issues.length === 0 ? headerIssues(seed, value['columns']) : []
  return { file, origin, definitions: [definition], issues: [...issues, ...ofHeader] }
}

interface Seed {
  readonly file: string
  readonly content: string
  readonly headerFile: string
  readonly header: string
}

/** A column that only one of the two names would be null in every row, or lost: in silence. */
function headerIssues({ file, content, headerFile, header }: Seed, columns: unknown): readonly Issue[] {
  const [line = ''] = content.replace(/^\uFEFF/, '').split(/\r?\n/, 1)
  const said = Object.keys(columns ?? {})
  const names = fieldsOf(line)
  const told = (problem: string, at: Place, candidates: readonly string[] = []): Issue => {
    const more = candidates.length === 0 ? {} : { candidates }
    return issue('project/seed-header', { file, header: headerFile, problem }, { at, ...more })
  }
  if (line.trim() === '') return [told('it has no first line', { file, line: 1, column: 1, length: 1 })]
  const has = (list: readonly string[], name: string): boolean =>
    list.some((one) => one.toLowerCase() === name.toLowerCase())
  const ofFile = names.flatMap((name, i) => {
    const at = placeOf(file, line, name)
    if (has(names.slice(0, i), name)) return told(`it has two columns ${name}`, at)
    return has(said, name) ? [] : told(`its column ${name} is not said`, at, nearest(name, said))
  })
  const ofHeader = said
    .filter((name) => !has(names, name))
    .map((name) => told(`it has no column ${name}`, placeOf(headerFile, header, name), nearest(name, names)))
  return [...ofFile, ...ofHeader]
}

/** The names in the first line; a quoted one may hold commas. */
const fieldsOf = (line: string): readonly string[] =>
  [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'),
  )
