// A node in two parts: what every plan looks at, and the rest, which is most of its letters and is parsed where something
// looks at it. Both together are the node in every field.
import type { Input, Node, Output, TableName, Work } from '@millrace/core'

type EngineWork = Extract<Work, { readonly executor: 'engine' }>
type OutlinedOutput = Omit<Output, 'columns' | 'fingerprint'>

/** A node without what is in the rest. */
export interface Outline extends Omit<Node, 'outputs' | 'inputs' | 'work'> {
  readonly outputs: Readonly<Record<TableName, OutlinedOutput>>
  readonly inputs: readonly Omit<Input, 'columns'>[]
  readonly work: Exclude<Work, EngineWork> | Omit<EngineWork, 'sql'>
}

/** In the order of the outline's outputs and inputs. */
export interface Rest {
  readonly outputs: readonly Pick<Output, 'columns' | 'fingerprint'>[]
  readonly inputs: readonly Input['columns'][]
  /** null: no engine does the work. */
  readonly sql: string | null
}

export function partsOf({ outputs, inputs, work, ...own }: Node): readonly [Outline, Rest] {
  const all = Object.entries(outputs) as [TableName, Output][]
  const outline: Outline = {
    ...own,
    outputs: Object.fromEntries(
      all.map(([table, { columns: _columns, fingerprint: _made, ...output }]) => [table, output]),
    ),
    inputs: inputs.map(({ columns: _columns, ...input }) => input),
    work: work.executor === 'engine' ? { executor: 'engine', params: work.params } : work,
  }
  const rest: Rest = {
    outputs: all.map(([, { columns, fingerprint }]) => ({ columns, fingerprint })),
    inputs: inputs.map(({ columns }) => columns),
    sql: work.executor === 'engine' ? work.sql : null,
  }
  return [outline, rest]
}

export function nodeFrom({ outputs, inputs, work, ...own }: Outline, read: () => Rest): Node {
  let parsed: Rest | undefined
  const rest = (): Rest => (parsed ??= read())
  const all = Object.entries(outputs) as [TableName, OutlinedOutput][]
  return {
    ...own,
    outputs: Object.fromEntries(all.map(([table, one], at) => [table, outputFrom(one, () => rest().outputs[at])])),
    inputs: inputs.map((one, at) => inputFrom(one, () => rest().inputs[at])),
    work: work.executor === 'engine' ? workFrom(work, () => rest().sql) : work,
  }
}

const outputFrom = (outline: OutlinedOutput, rest: () => Rest['outputs'][number] | undefined): Output => ({
  ...outline,
  get columns() {
    return present(rest()).columns
  },
  get fingerprint() {
    return present(rest()).fingerprint
  },
})

const inputFrom = (outline: Omit<Input, 'columns'>, rest: () => Input['columns'] | undefined): Input => ({
  ...outline,
  get columns() {
    return present(rest())
  },
})

const workFrom = (outline: Omit<EngineWork, 'sql'>, rest: () => string | null): EngineWork => ({
  ...outline,
  get sql() {
    return present(rest())
  },
})

function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('a kept node lacks a part of its rest')
  return value
}
