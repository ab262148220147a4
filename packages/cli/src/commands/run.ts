import { type Input, flag, text, texts } from '../command.ts'
import { runWith } from './run-with.ts'
import { withinOf } from './within.ts'

export async function run(input: Input): Promise<number> {
  return await runWith(input, {
    dir: text(input, 'project'),
    environment: text(input, 'env'),
    plan: {
      select: texts(input, 'select'),
      fullRefresh: flag(input, 'full-refresh'),
      allow: texts(input, 'allow'),
      ...withinOf(input),
    },
  })
}
