import type { Columns, ColumnSpec } from '../columns.ts'
import { type Issue, issue } from '../errors/issue.ts'
import type { Field, FieldType } from '../fields.ts'
import type { DataType } from '../types/data-type.ts'
import { type NextId, namedField, newType } from './assign-ids.ts'
import { widens } from './widening.ts'

export interface Evolved {
  readonly fields: readonly Field[]
  readonly last: number
}

/** Brings a table's fields to the columns of its definition: a column keeps its id by name (in whatever case) or by `was`, a
 * new one gets the next, one that is gone is dropped. What readers of existing rows could not survive comes back as issues, all at once.
 *
 * `rewritten`: every row is written anew by the same commit, so a column may become anything: under a new id.
 *
 * ```ts
 * import { evolve } from '@millrace/core'
 * const fields = [{ id: 1, name: 'n', required: false, type: 'int32' }] as const
 * evolve(fields, { total: { type: 'int64', was: 'n' } }, { last: 1, rewritten: false })
 * //=> { fields: [{ id: 1, name: 'total', required: false, type: 'int64' }], last: 1 }
 * ```
 */
export function evolve(
  fields: readonly Field[],
  columns: Columns,
  options: { readonly last: number; readonly rewritten: boolean },
): Evolved | readonly Issue[] {
  let last = options.last
  const issues: Issue[] = []
  const next: NextId = () => (last += 1)
  const evolved = evolveStruct(fields, columns, { next, issues, rewritten: options.rewritten, path: '' })
  return issues.length > 0 ? issues : { fields: evolved, last }
}

interface Evolution {
  readonly next: NextId
  readonly issues: Issue[]
  readonly rewritten: boolean
  readonly path: string
}

function evolveStruct(fields: readonly Field[], columns: Columns, evolution: Evolution): readonly Field[] {
  const known = byName(fields)
  const renamed = renames(known, columns, evolution)
  const leaving = new Set(renamed.values())
  return Object.entries(columns).map(([name, column]) => {
    const here = { ...evolution, path: `${evolution.path}${name}` }
    const old = renamed.get(name) ?? known(name)
    const kept = old !== undefined && (renamed.has(name) || !leaving.has(old)) ? old : undefined
    return kept === undefined ? addField(name, column, here) : evolveField(kept, name, column, here)
  })
}

type ByName = (name: string) => Field | undefined

/** Another program may have made columns that differ only in case: the name as it is written comes first. */
function byName(fields: readonly Field[]): ByName {
  const exact = new Map(fields.map((field) => [field.name, field]))
  const folded = Map.groupBy(fields, (field) => field.name.toLowerCase())
  return (name) => {
    const alike = folded.get(name.toLowerCase()) ?? []
    return exact.get(name) ?? (alike.length === 1 ? alike[0] : undefined)
  }
}

/** The field that each renamed column had. A definition keeps its `was` after the rename has happened: then the table
 * has the new name, and the old one no more. */
function renames(known: ByName, columns: Columns, evolution: Evolution): ReadonlyMap<string, Field> {
  const found = new Map<string, Field>()
  for (const [name, { was }] of Object.entries(columns)) {
    const old = was === undefined || was.toLowerCase() === name.toLowerCase() ? undefined : known(was)
    if (was === undefined || old === undefined) continue
    if (known(name) !== undefined || [...found.values()].includes(old))
      evolution.issues.push(issue('lake/rename-unclear', { column: `${evolution.path}${name}`, was }))
    else found.set(name, old)
  }
  return found
}

/** Rows that exist have no value of a new column, so it cannot be required of them. */
function addField(name: string, column: ColumnSpec, evolution: Evolution): Field {
  if (column.required === true && !evolution.rewritten)
    evolution.issues.push(issue('lake/required-added', { column: evolution.path }))
  const id = evolution.next()
  return namedField(id, name, column, newType(column.type, evolution.next))
}

function evolveField(before: Field, name: string, column: ColumnSpec, evolution: Evolution): Field {
  const problems: Issue[] = []
  const type = evolveType(before, column.type, { ...evolution, issues: problems })
  if (column.required === true && !before.required)
    problems.push(issue('lake/required-added', { column: evolution.path }))
  if (problems.length === 0) return namedField(before.id, name, column, type)
  if (evolution.rewritten) return addField(name, column, evolution)
  evolution.issues.push(...problems)
  return before
}

function evolveType(before: Field, wanted: DataType, evolution: Evolution): FieldType {
  const { type } = before
  const inside = { ...evolution, path: `${evolution.path}.`, rewritten: false }
  if (typeof type === 'string' || typeof wanted === 'string') {
    if (typeof type === 'string' && typeof wanted === 'string' && widens(type, wanted)) return wanted
  } else if ('struct' in type && 'struct' in wanted) {
    return { struct: evolveStruct(type.struct, wanted.struct, inside) }
  } else if ('list' in type && 'list' in wanted) {
    return { list: evolveField(type.list, 'element', element(wanted.list, wanted.required), step(inside, 'element')) }
  } else if ('map' in type && 'map' in wanted) {
    const key = evolveField(type.map[0], 'key', element(wanted.map[0], true), step(inside, 'key'))
    return {
      map: [key, evolveField(type.map[1], 'value', element(wanted.map[1], wanted.required), step(inside, 'value'))],
    }
  }
  evolution.issues.push(
    issue('lake/type-changed', { column: evolution.path, from: typeText(before.type), to: typeText(wanted) }),
  )
  return type
}

const element = (type: DataType, required: true | undefined): ColumnSpec => ({ type, required: required ?? false })
const step = (evolution: Evolution, name: string): Evolution => ({ ...evolution, path: `${evolution.path}${name}` })

function typeText(type: FieldType | DataType): string {
  if (typeof type === 'string') return type
  if ('list' in type) return 'a list'
  return 'map' in type ? 'a map' : 'a struct'
}
