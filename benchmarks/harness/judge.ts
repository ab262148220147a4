import type { Rule } from './benchmark.ts'
import type { Repetition } from './measure.ts'

export interface Measured {
  readonly name: string
  readonly ours: boolean
  readonly medianSeconds: number
  readonly peakMb: number
  readonly repetitions: readonly Repetition[]
}

export interface Verdict {
  readonly rule: string
  readonly measured: number
  readonly limit: number
  readonly kept: boolean
}

export function summarize(name: string, ours: boolean, repetitions: readonly Repetition[]): Measured {
  return {
    name,
    ours,
    medianSeconds: round(median(repetitions.map((one) => one.seconds))),
    peakMb: Math.max(...repetitions.map((one) => one.peakMb)),
    repetitions,
  }
}

/** Holds each promise against what was measured; one whose contestants did not take part is left out. */
export function judge(rules: readonly Rule[], all: readonly Measured[]): readonly Verdict[] {
  const find = (name: string): Measured | undefined => all.find((one) => one.name === name)
  return rules.flatMap((rule): readonly Verdict[] => {
    const of = find(rule.of)
    if (of === undefined) return []
    if ('megabytes' in rule) return [verdict(`${rule.of}: memory in MB`, of.peakMb, rule.megabytes)]
    if ('times' in rule) {
      const peer = find(rule.peer)
      if (peer === undefined) return []
      return [verdict(`${rule.of}: times ${rule.peer}`, of.medianSeconds / peer.medianSeconds, rule.times)]
    }
    const over = rule.over === undefined ? undefined : find(rule.over)
    if (rule.over !== undefined && over === undefined) return []
    const words = over === undefined ? 'seconds' : `seconds over ${over.name}`
    return [verdict(`${rule.of}: ${words}`, of.medianSeconds - (over?.medianSeconds ?? 0), rule.seconds)]
  })
}

const verdict = (rule: string, measured: number, limit: number): Verdict => ({
  rule,
  measured: round(measured),
  limit,
  kept: measured <= limit,
})

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 0 ? (low + high) / 2 : high
}

export const round = (value: number): number => Math.round(value * 1000) / 1000
