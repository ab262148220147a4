import { type Graph, grainsOf, type Plan, sayReason, saySlice, type Step } from '@millrace/core'
import { bytes, plural } from './format.ts'
import type { Screen, Style } from './screen.ts'

const marks: { readonly [A in Step['action']]: readonly [mark: string, style: Style, words: string] } = {
  create: ['+', 'green', 'is built'],
  load: ['↓', 'cyan', 'loads what is new'],
  run: ['~', 'blue', 'is brought up to date'],
  rebuild: ['±', 'yellow', 'is built anew'],
  relayout: ['≡', 'blue', 'is laid out anew, nothing is computed'],
  restamp: ['✎', 'blue', 'gets new metadata, no data moves'],
  drop: ['-', 'red', 'is dropped'],
}

/** A plan that reads like a story: for each table what happens, why, for which slices, and what it may cost. */
export function renderPlan(plan: Plan, graph: Graph, screen: Screen): string {
  const { paint } = screen
  const head =
    plan.steps.length === 0
      ? `Nothing to do: ${plural(plan.unchanged.length, 'table')} up to date in ${plan.environment}.`
      : `${plural(plan.steps.length, 'step')} in ${paint('bold', plan.environment)}; ${plural(plan.unchanged.length, 'table')} unchanged.`
  const steps = plan.steps.map((step) => renderStep(step, graph, screen))
  const total = plan.steps.reduce((sum, step) => sum + step.estimate.readBytes, 0)
  const seconds = plan.steps.map((step) => step.estimate.seconds)
  const time = seconds.length > 0 && seconds.every((one) => one !== null) ? `, ${range(seconds)}` : ''
  const foot = plan.steps.length === 0 ? [] : [paint('dim', `\nreads about ${bytes(total)}${time}`)]
  return `${[head, ...steps, ...foot].join('\n')}\n`
}

function renderStep(step: Step, graph: Graph, { paint }: Screen): string {
  const [mark, style, words] = marks[step.action]
  const lines = [`\n${paint(style, mark)} ${paint('bold', step.tables.join(', '))} ${words}`]
  for (const reason of step.why) lines.push(`    because ${sayReason(reason)}`)
  const node = graph.nodes.get(step.node)
  const slices = step.slices.filter((slice) => !('all' in slice))
  if (slices.length > 0) {
    const grains = node === undefined ? 0 : grainsOf(node, slices)
    const some = slices.slice(0, 3).map(saySlice).join('; ')
    const count = grains > 0 ? ` (${plural(grains, node?.intervals?.grain ?? 'slice')})` : ''
    lines.push(`    for ${some}${slices.length > 3 ? ` and ${slices.length - 3} more` : ''}${count}`)
  }
  lines.push(paint('dim', `    ${estimateText(step)}`))
  return lines.join('\n')
}

function estimateText({ estimate, after }: Step): string {
  const { readBytes, writeBytes, seconds, basis } = estimate
  if (basis === 'unknown') return after.length > 0 ? 'cost known once its inputs are there' : 'cost not known yet'
  const time = seconds === null || basis !== 'history' ? '' : `, ${range([seconds])} judging by earlier runs`
  return `reads about ${bytes(readBytes)}, writes about ${bytes(writeBytes)}${time}`
}

function range(all: readonly (readonly [number, number])[]): string {
  const low = all.reduce((sum, [from]) => sum + from, 0)
  const high = all.reduce((sum, [, to]) => sum + to, 0)
  const show = (one: number): string => (one < 10 ? one.toFixed(1) : String(Math.round(one)))
  return show(low) === show(high) ? `${show(high)} s` : `${show(low)} to ${show(high)} s`
}
