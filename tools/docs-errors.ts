// The page of errors, docs/reference/errors.md; `node tools/docs.ts` writes it with the others.
import { type ErrorKind, errors } from '@millrace/core'

/** Parameters that show up in messages as their own names, whether a message wants text or a list. */
const placeholders = new Proxy({}, { get: (_, name) => listed(`‹${String(name)}›`) }) as Record<string, never>

const listed = (text: string): object => Object.assign(Object(text) as object, { join: () => text, map: () => [text] })

export function errorsPage(): string {
  const entries = Object.entries(errors as unknown as Record<string, ErrorKind<unknown>>).toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  )
  const parts = entries.map(([code, one]) => {
    const fix = typeof one.fix === 'string' ? one.fix : one.fix(placeholders)
    return `## ${code}\n\n${one.say(placeholders)}\n\n- Why: ${one.cause}\n- What to do: ${fix.replaceAll('\n', ' ')}\n`
  })
  return `# Errors\n\nEvery error that Millrace reports, with its remedy. This page is generated from the registry in \`packages/core/src/errors\`.\n\n${parts.join('\n')}`
}
