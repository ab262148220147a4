import { type Input, text } from '../command.ts'
import { runWith } from './run-with.ts'
import { tableArgument } from './table-argument.ts'
import { withinOf } from './within.ts'

export async function run(input: Input): Promise<number> {
  const table = tableArgument(input)
  return await runWith(input, {
    dir: text(input, 'project'),
    environment: text(input, 'env'),
    plan: { select: [table], fill: [table], ...withinOf(input) },
  })
}
