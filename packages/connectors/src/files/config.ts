import { fail, type Issue, type Json, MillraceError, nearest } from '@millrace/core'

export type FileFormat = 'csv' | 'json' | 'parquet'
export type NewColumns = 'add' | 'refuse' | 'ignore'
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1'

/** What a source of files says, with every default filled in. */
export interface FilesConfig {
  /** Paths or patterns (`*`, `**`), from the project's folder. */
  readonly path: readonly string[]
  readonly format: FileFormat
  readonly layout: 'lines' | 'array'
  /** Columns that files have and the table does not. */
  readonly newColumns: NewColumns
  /** A file that was landed before and is not the same any more. */
  readonly changed: 'refuse' | 'reload'
  /** null: UTF-8, or what the byte order mark says. */
  readonly encoding: Encoding | null
  readonly header: boolean
  readonly delimiter: string
  readonly quote: string
  readonly escape: string
  readonly nullText: string
  readonly decimal: string
  readonly dateFormat: string
  readonly timestampFormat: string
  readonly maxQuotedBytes: number
  readonly maxQuotedLines: number
  readonly maxRecordBytes: number
}

const megabyte = 1 << 20

const defaults = {
  layout: 'lines',
  newColumns: 'add',
  changed: 'refuse',
  encoding: null,
  header: true,
  quote: '"',
  escape: '"',
  nullText: '',
  decimal: '.',
  dateFormat: '',
  timestampFormat: '',
  maxQuotedBytes: megabyte,
  maxQuotedLines: 1000,
  maxRecordBytes: 64 * megabyte,
} as const

const choices: Readonly<Record<string, readonly (string | null)[]>> = {
  format: ['csv', 'json', 'parquet'],
  layout: ['lines', 'array'],
  newColumns: ['add', 'refuse', 'ignore'],
  changed: ['refuse', 'reload'],
  encoding: [null, 'utf-8', 'utf-16le', 'utf-16be', 'latin1'],
  decimal: ['.', ','],
}

function unknownOption(option: string, value: unknown, known: readonly string[]): never {
  const params = { option, value: show(value), expected: `one of ${known.join(', ')}` }
  return fail('files/bad-option', params, { candidates: nearest(option, known) })
}

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))

/** The format and layout that a file's name tells, compression aside. */
export function formatOf(path: string): { readonly format: FileFormat; readonly layout: 'lines' | 'array' } | null {
  const extension = /\.([a-z]+)(?:\.(?:gz|zst))?$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  if (['csv', 'tsv', 'txt', 'psv'].includes(extension)) return { format: 'csv', layout: 'lines' }
  if (['jsonl', 'ndjson'].includes(extension)) return { format: 'json', layout: 'lines' }
  if (extension === 'json') return { format: 'json', layout: 'array' }
  return extension === 'parquet' ? { format: 'parquet', layout: 'lines' } : null
}

function pathsOf(value: unknown): readonly string[] {
  const paths = typeof value === 'string' ? [value] : Array.isArray(value) ? value : []
  if (paths.length > 0 && paths.every((path) => typeof path === 'string')) return paths
  return fail('files/bad-option', { option: 'path', value: show(value), expected: 'a path or a list of paths' })
}

function checkOne(option: string, value: unknown, like: unknown): void {
  const allowed = choices[option]
  if (allowed !== undefined) {
    if (allowed.some((one) => one === value)) return
    fail('files/bad-option', { option, value: show(value), expected: `one of ${allowed.map(show).join(', ')}` })
  }
  if (typeof value !== typeof like)
    fail('files/bad-option', { option, value: show(value), expected: `a ${typeof like}` })
}

/** The config of a source of files, checked; what is not said takes its default. Messages name the source where it is said. */
export function filesConfig(said: Json, source?: string): FilesConfig {
  try {
    return checkedConfig(said)
  } catch (error) {
    if (source === undefined || !(error instanceof MillraceError)) throw error
    throw new MillraceError(error.issues.map((one) => ofSource(one, source)))
  }
}

const ofSource = (one: Issue, source: string): Issue => ({
  ...one,
  params: { ...one.params, option: `${source}: ${String(one.params['option'])}` },
})

function checkedConfig(said: Json): FilesConfig {
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    return fail('files/bad-option', { option: 'config', value: show(said), expected: 'an object' })
  const { path, ...rest } = said as Readonly<Record<string, Json | undefined>>
  const paths = pathsOf(path)
  const named = formatOf(paths[0] ?? '')
  const delimiter = /\.tsv(\.|$)/i.test(paths[0] ?? '') ? '\t' : ','
  const basis = { ...defaults, delimiter, format: named?.format ?? 'csv', layout: named?.layout ?? defaults.layout }
  for (const [option, value] of Object.entries(rest)) {
    const like = Object.entries(basis).find(([name]) => name === option)
    if (like === undefined) unknownOption(option, value, Object.keys(basis))
    else checkOne(option, value, like[1])
  }
  const config = { ...basis, ...rest, path: paths } as FilesConfig
  for (const option of ['delimiter', 'quote', 'escape'] as const)
    if (config[option].length > 1)
      fail('files/bad-option', { option, value: show(config[option]), expected: 'one character' })
  return config
}
