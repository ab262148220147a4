import { type Catalog, type Environment, fail, nearest } from '@millrace/core'

/** The environment of this name, or an error that names the nearest one. */
export async function needEnvironment(catalog: Catalog, name: string): Promise<Environment> {
  const found = await catalog.environment(name)
  if (found !== null) return found
  const known = (await catalog.environments()).map((one) => one.name)
  if (known.length === 0) return fail('command/nothing-yet', {})
  return fail('command/unknown-environment', { name, known }, { candidates: nearest(name, known) })
}
