import { issue, type Issue, type Place, type TableName } from '@millrace/core'

const part = /^[a-z][a-z0-9_]*$/i

/** Layers that engines keep for themselves. */
const reservedLayers = new Set(['main', 'temp', 'system', 'information_schema', 'pg_catalog', 'sys', 'default'])

/** What is wrong with a table's name, or null. */
export function problemOfName(name: string): string | null {
  const parts = name.split('.')
  const [layer = '', table = ''] = parts
  if (parts.length !== 2) return 'it has to be a layer and a table, `layer.table`'
  const odd = [layer, table].find((one) => !part.test(one))
  if (odd !== undefined)
    return odd === ''
      ? 'a part of it is empty'
      : `\`${odd}\` holds more than letters, digits and underscores, or begins with another sign`
  if (reservedLayers.has(layer.toLowerCase())) return `the layer \`${layer}\` belongs to the engine`
  if (table.length + layer.length > 120) return 'it is longer than 120 characters'
  return /__(rejects|changes)$/i.test(table)
    ? '`__rejects` and `__changes` at the end are tables that Millrace makes'
    : null
}

const startOf = (file: string): Place => ({ file, line: 1, column: 1, length: 1 })

/** `tables/silver/orders.sql` is `silver.orders`. */
export function tableOfPath(file: string): TableName | Issue {
  const parts = file.split('/').slice(1)
  const [layer, last] = parts
  if (parts.length !== 2 || layer === undefined || last === undefined)
    return issue('project/table-path', { file }, { at: startOf(file) })
  const name = `${layer}.${last.replace(/\.\w+$/, '')}` as const
  const problem = last.replace(/\.\w+$/, '').includes('.') ? 'the file name holds a dot' : problemOfName(name)
  return problem === null ? name : issue('project/table-name', { name, problem }, { at: startOf(file) })
}
