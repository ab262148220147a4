import type { Columns, DataType } from '@millrace/core'

const generatedBy =
  '// Made by `millrace types` from the tables of the project. Commit it: a changed column shows in review.'

/**
 * The generated file of a project, `millrace.gen.d.ts`: it gives every definition in TypeScript the columns of the tables
 * that it reads. The same tables give the same text.
 *
 * ```ts
 * import { generateTypes } from '@millrace/project'
 * generateTypes({ 'silver.orders': { id: { type: 'int64', required: true } } }).includes("id: { type: 'int64'; required: true }") //=> true
 * ```
 */
export function generateTypes(columnsByTable: Readonly<Record<string, Columns>>): string {
  const tables = Object.entries(columnsByTable).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const entries = tables.map(([table, columns]) => `    ${literal(table)}: ${columnsText(columns, '    ')}\n`)
  return `${generatedBy}\nimport 'millrace'\n\ndeclare module 'millrace' {\n  interface Tables {\n${entries.join('')}  }\n}\n`
}

const literal = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`

const nameText = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name))

function columnsText(columns: Columns, indent: string): string {
  const lines = Object.entries(columns).map(([name, { type, required }]) => {
    const mark = required === true ? '; required: true' : ''
    return `${indent}  ${nameText(name)}: { type: ${typeText(type, `${indent}  `)}${mark} }\n`
  })
  return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`
}

function typeText(type: DataType, indent: string): string {
  if (typeof type === 'string') return literal(type)
  const mark = 'required' in type ? '; required: true' : ''
  if ('list' in type) return `{ list: ${typeText(type.list, indent)}${mark} }`
  if ('map' in type)
    return `{ map: readonly [${typeText(type.map[0], indent)}, ${typeText(type.map[1], indent)}]${mark} }`
  return `{ struct: ${columnsText(type.struct, indent)} }`
}
