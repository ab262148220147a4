import type { Origin } from '@millrace/core'
import { placeInYaml } from './settings.ts'
import type { View } from '../schema/view.ts'
import { viewOfYaml, YamlMistake } from '../schema/yaml.ts'

/** Tells where values of settings stand. The text is read again where one is asked for: only mistakes do. */
export function findValue(file: string, text: string, yaml: string, offset: number): NonNullable<Origin['find']> {
  return (keys) => {
    const span = valueAt(viewOf(yaml), keys)?.span ?? null
    return span === null ? null : placeInYaml({ span }, file, text, offset)
  }
}

function viewOf(yaml: string): View | undefined {
  try {
    return viewOfYaml(yaml)
  } catch (error) {
    if (error instanceof YamlMistake) return undefined
    throw error
  }
}

const valueAt = (view: View | undefined, keys: readonly string[]): View | undefined =>
  keys.reduce<View | undefined>((at, key) => (at === undefined ? undefined : inside(at, key)), view)

/** Columns are compared without case; one item may stand for a list of it. */
function inside(view: View, key: string): View | undefined {
  if (view.kind === 'map') return view.entries.find((one) => one.key.toLowerCase() === key.toLowerCase())?.value
  if (view.kind === 'list') return view.items[Number(key)]
  return key === '0' ? view : undefined
}
