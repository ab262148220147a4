import { fail, nearest, type TableName } from '@millrace/core'
import {
  diffEnvironment,
  openQueries,
  openWorkspace,
  promote,
  type Queries,
  withLeases,
  withoutRuns,
} from '@millrace/runtime'
import { type Input, text, texts } from '../command.ts'
import { report } from '../dispatch.ts'
import { adviseFor } from '../terminal/advice.ts'
import { count, plural } from '../terminal/format.ts'
import { grid } from '../terminal/grid.ts'
import { screen } from '../terminal/screen.ts'
import { badWord, firstArgument } from './table-argument.ts'

const actions = { list, create, diff, promote: promoteInto, drop } as const

export async function run(input: Input): Promise<number> {
  const name = firstArgument(input, 'what to do: list, create, diff, promote or drop')
  if (!(name in actions)) badWord('env', name, Object.keys(actions))
  return await actions[name as keyof typeof actions](input)
}

const named = (input: Input): string =>
  input.args[1] ??
  fail('command/missing-argument', { command: `env ${input.args[0] ?? ''}`, argument: 'the name of an environment' })

/** The environment that is worked in, which is the one of all advice. */
function workedIn(input: Input): string {
  const name = named(input)
  adviseFor(name)
  return name
}

async function withQueries(
  input: Input,
  { reads }: { readonly reads: boolean },
  work: (queries: Queries) => Promise<number>,
): Promise<number> {
  const queries = await openQueries({ dir: text(input, 'project'), reads })
  try {
    return await work(queries)
  } finally {
    await queries.close()
  }
}

async function list(input: Input): Promise<number> {
  return await withQueries(input, { reads: true }, async ({ lakehouse }) => {
    const all = await lakehouse.catalog.environments()
    const rows = all.map((one) => ({
      name: one.name,
      base: one.base?.environment ?? null,
      own: Object.keys(one.overlay).length,
    }))
    if (input.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
    else {
      const cells = rows.map((one) => [one.name, one.base ?? '', count(one.own)])
      process.stdout.write(
        `${grid(['environment', 'base', 'own tables'], cells, screen(process.stdout), { right: new Set([2]) })}\n`,
      )
    }
    return 0
  })
}

async function create(input: Input): Promise<number> {
  const name = named(input)
  const base = text(input, 'base') ?? 'dev'
  return await withQueries(input, { reads: false }, async ({ lakehouse }) => {
    const before = await lakehouse.catalog.environment(name)
    await lakehouse.catalog.createEnvironment({ name, base: { environment: base, at: 'latest' } })
    const own = Object.keys(before?.overlay ?? {}).length
    if (input.json) process.stdout.write(`${JSON.stringify({ name, base })}\n`)
    else if (own > 0)
      process.stderr.write(`${name} was there already, with ${plural(own, 'table')} of its own over ${base}.\n`)
    else process.stderr.write(`${name} shows what ${base} shows; nothing was copied. Work in it with --env ${name}.\n`)
    return 0
  })
}

async function diff(input: Input): Promise<number> {
  const name = workedIn(input)
  return await withQueries(input, { reads: true }, async ({ lakehouse }) => {
    const differences = await diffEnvironment(lakehouse, name)
    if (input.json) process.stdout.write(`${JSON.stringify(differences, null, 2)}\n`)
    else if (differences.length === 0) process.stderr.write(`${name} shows exactly what its base shows.\n`)
    else {
      const cells = differences.map((one) => [
        one.table,
        one.change,
        one.rows.base === null ? '' : count(one.rows.base),
        one.rows.here === null ? '' : count(one.rows.here),
        `+${one.files.added} -${one.files.removed}`,
        one.definition.join(', '),
      ])
      const head = ['table', 'change', 'rows in base', 'rows here', 'files', 'definition']
      process.stdout.write(`${grid(head, cells, screen(process.stdout), { right: new Set([2, 3]) })}\n`)
    }
    return 0
  })
}

async function promoteInto(input: Input): Promise<number> {
  const name = workedIn(input)
  const workspace = await openWorkspace({ dir: text(input, 'project'), environment: name, standing: true })
  try {
    if (workspace.issues.length > 0) return report(workspace.issues, input.json)
    const { lakehouse, graph } = workspace
    const environment = await lakehouse.catalog.environment(name)
    const base = environment?.base?.environment ?? fail('env/no-base', { name })
    const meant = text(input, 'base') ?? base
    if (meant !== base)
      fail('command/bad-value', { option: 'base', value: meant, expected: `${base}, which ${name} stands on` })
    const tables = Object.keys(environment?.overlay ?? {}) as TableName[]
    const known = new Set([...tables, ...graph.producers.keys(), ...(await lakehouse.catalog.resolve(base)).keys()])
    const allow = texts(input, 'allow').map((one) => knownTable(known, one, name))
    const done = await withLeases({ ...lakehouse, environment: base }, 'promote', tables, (leases) =>
      promote(lakehouse, graph, name, texts(input, 'table') as TableName[], { allow, leases }),
    )
    if (input.json) process.stdout.write(`${JSON.stringify(done.publication, null, 2)}\n`)
    else
      process.stderr.write(
        `${plural(done.moves.length, 'table')} promoted from ${name} to ${base} as ${done.publication.id.slice(0, 8)}: ${done.moves.map((move) => move.table).join(', ')}\n`,
      )
    return 0
  } finally {
    await workspace.close()
  }
}

const knownTable = (known: ReadonlySet<TableName>, name: string, environment: string): TableName =>
  [...known].find((one) => one.toLowerCase() === name.toLowerCase()) ??
  fail('command/unknown-table', { name, environment }, { candidates: nearest(name, known) })

async function drop(input: Input): Promise<number> {
  const name = workedIn(input)
  const workspace = await openWorkspace({ dir: text(input, 'project'), environment: name, drops: true })
  try {
    if (workspace.project.environments[name]?.protected === true) fail('env/protected', { name })
    await withoutRuns(workspace.lakehouse, 'drop', async () => {
      const allowed = texts(input, 'allow')
      const other = allowed.find((one) => one !== name)
      if (other !== undefined)
        fail('command/bad-value', { option: 'allow', value: other, expected: `${name}, which is to be dropped` })
      const lost = allowed.includes(name) ? [] : await onlyThere(workspace, name)
      if (lost.length > 0) fail('env/would-lose', { name, tables: lost.length })
      await workspace.lakehouse.catalog.dropEnvironment(name)
    })
    if (input.json) process.stdout.write(`${JSON.stringify({ dropped: name })}\n`)
    else process.stderr.write(`${name} is gone; its files go with the next \`millrace clean\`.\n`)
    return 0
  } finally {
    await workspace.close()
  }
}

/** Tables of an environment that its base has not. */
async function onlyThere({ lakehouse: { catalog } }: Queries, name: string): Promise<readonly string[]> {
  const { overlay = {}, base } = (await catalog.environment(name)) ?? {}
  const below: ReadonlySet<string> = new Set(base === undefined ? [] : (await catalog.resolve(base.environment)).keys())
  return Object.entries(overlay).flatMap(([table, ref]) => (ref === null || below.has(table) ? [] : [table]))
}
