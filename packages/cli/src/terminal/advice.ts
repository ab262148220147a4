import { describeIssue, type Issue } from '@millrace/core'
import { commands } from '../table.ts'

let environment: string | undefined

/** From now on the commands that are shown to be typed work in this environment. */
export function adviseFor(name: string | undefined): void {
  environment = name
}

const shown = /millrace ([a-z]+)\b(?![^`\n]* --env)/g
const worksInOne = (name: string): boolean => commands.some((one) => one.name === name && 'env' in one.options)

/** A text whose commands work where this one works: typed as they were, they would meet the tables of another environment. */
export function advised(text: string): string {
  if (environment === undefined) return text
  return text.replace(shown, (whole, name: string) => (worksInOne(name) ? `${whole} --env ${environment}` : whole))
}

/** What an issue says, with advice for the environment that was worked in. */
export function described(one: Issue): ReturnType<typeof describeIssue> {
  const said = describeIssue(one)
  return { ...said, fix: advised(said.fix) }
}
