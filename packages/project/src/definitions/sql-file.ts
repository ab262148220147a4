import type { ModelDefinition, TableName } from '@millrace/core'
import { hashText } from '../files/hash.ts'
import { tableOfPath } from '../files/table-name.ts'
import { readYaml, type Settings, type SqlFile } from '../header/read-header.ts'
import { findValue } from './find-value.ts'
import { headerSchema } from '../header/settings.ts'
import type { LineCache } from '@millrace/sql'
import type { DraftDefinition, Found } from './draft.ts'
import { commonOf, issueOfMistake, oneTable, placeInYaml, specOf, type Values } from './settings.ts'

/** `tables/silver/orders.sql`: one select, and the header that defines its table. */
export function readSqlFile(file: string, text: string, split: SqlFile, cache: LineCache): Found {
  const { header } = split
  const origin = {
    file,
    text,
    ...(header === null ? {} : { find: findValue(file, text, header.text, header.offset) }),
  }
  const name = tableOfPath(file)
  if (typeof name !== 'string') return { file, origin, definitions: [], issues: [name] }
  const { value, mistakes } = settingsOf(split, cache)
  const offset = header?.offset ?? 0
  const issues = mistakes.map((one) => issueOfMistake(one, placeInYaml(one, file, text, offset)))
  return { file, origin, definitions: [modelOf(name, split, value)], issues }
}

/** Thousands of headers take seconds to parse as YAML and milliseconds to look up. */
function settingsOf(split: SqlFile, cache: LineCache): Settings {
  if (split.header === null) return { value: {}, mistakes: [] }
  // `h` alone: headers whose long decimals were read as doubles.
  const key = `h2${hashText(split.header.text)}`
  const known = cache.get(key) as Settings | undefined
  if (known !== undefined) return known
  const settings = readYaml(split.header.text, headerSchema, 'the header')
  // Big integers and infinity have no JSON: such a header is parsed again each time.
  if (settings.mistakes.length === 0 && hasJson(settings.value)) cache.put(key, settings, { lasting: true })
  return settings
}

function hasJson(value: unknown): boolean {
  if (typeof value === 'bigint') return false
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(hasJson)
}

function modelOf(name: TableName, split: SqlFile, value: Values): DraftDefinition {
  const model = {
    ...commonOf(value),
    ...intervalSettings(value),
    ...(value['reads'] === undefined ? {} : { reads: value['reads'] as NonNullable<ModelDefinition['reads']> }),
  }
  return {
    kind: 'model',
    name,
    ...model,
    tables: oneTable(name, specOf(value, 'view')),
    body: { sql: split.sql, offset: split.offset },
  }
}

/** Settings that only models have. */
export function intervalSettings(
  value: Values,
): Pick<ModelDefinition, 'start' | 'grain' | 'lookback' | 'forwardOnly' | 'tests'> {
  const keys = ['start', 'grain', 'lookback', 'forwardOnly', 'tests']
  return Object.fromEntries(keys.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]])))
}
