import { type EnvironmentConfig, issue, type Issue, nearest, placeOf } from '@millrace/core'
import type { CodeFile } from '../code/load-code.ts'
import { projectSchema } from '../code/settings.ts'
import { validate } from '../schema/validate.ts'
import { viewOfData } from '../schema/view.ts'
import { issueOfMistake, placeInCode } from './settings.ts'

export interface Config {
  readonly name: string
  readonly environments: Readonly<Record<string, EnvironmentConfig>>
  readonly issues: readonly Issue[]
}

export const noConfig = (...issues: readonly Issue[]): Config => ({ name: '', environments: {}, issues })

/** The project that a configuration file exports by default. */
export function readConfig(file: string, text: string, code: CodeFile): Config {
  const found = code.exports.find(
    (one) => one.name === 'default' && (one.data as { readonly defines?: unknown }).defines === 'project',
  )
  if (found === undefined)
    return noConfig(issue('project/no-config', { file }, { at: { file, line: 1, column: 1, length: 1 } }))
  const { value, mistakes } = validate(projectSchema, viewOfData(found.data), 'the project')
  const issues = mistakes.map((one) => issueOfMistake(one, placeInCode(one, file, text)))
  const { name = '', environments = {} } = (value ?? {}) as Partial<Config>
  return { name, environments, issues: [...issues, ...baseIssues(environments, file, text)] }
}

/** Every base exists, and following bases ends. */
function baseIssues(environments: Config['environments'], file: string, text: string): readonly Issue[] {
  const issues: Issue[] = []
  const inCycle = new Set<string>()
  for (const [environment, { base }] of Object.entries(environments)) {
    if (base === undefined) continue
    const at = placeOf(file, text, base, environment)
    if (!Object.hasOwn(environments, base)) {
      const candidates = nearest(base, Object.keys(environments))
      issues.push(issue('project/base-unknown', { environment, base }, { at, candidates }))
    }
    const cycle = cycleFrom(environment, environments)
    if (cycle === null || inCycle.has(environment)) continue
    for (const one of cycle) inCycle.add(one)
    issues.push(issue('project/base-cycle', { path: cycle.join(' -> ') }, { at }))
  }
  return issues
}

function cycleFrom(start: string, environments: Config['environments']): readonly string[] | null {
  const path = [start]
  for (let at = environments[start]?.base; at !== undefined; at = environments[at]?.base) {
    if (at === start) return [...path, at]
    if (path.includes(at)) return null
    path.push(at)
  }
  return null
}
