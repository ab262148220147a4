/** A piece of SQL that is code: strings and comments are stepped over. */
export interface CodeToken {
  readonly text: string
  readonly at: number
}

// Strings, quoted names, comments and dollar quotes first: what stands inside them is no code.
const piece =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[^]*?\*\/|\$([a-z_]\w*)?\$[^]*?\$\1\$|(\$?[\p{L}_][\p{L}\p{N}_]*|\$\d+|\?)/giu

/** Words, `$parameters` and `?` of a text, in order. */
export function* codeTokens(text: string): Generator<CodeToken> {
  for (const found of text.matchAll(piece)) {
    if (found[2] !== undefined) yield { text: found[2], at: found.index }
  }
}

/** Where `$name` first stands, or null. */
export function parameterOffset(text: string, name: string): number | null {
  const wanted = `$${name.toLowerCase()}`
  for (const one of codeTokens(text)) if (one.text.toLowerCase() === wanted) return one.at
  return null
}

/** The text with every `$name` replaced, strings and comments untouched. */
export function replaceParameters(text: string, replace: (name: string) => string | null): string {
  let out = ''
  let done = 0
  for (const one of codeTokens(text)) {
    if (!one.text.startsWith('$')) continue
    const by = replace(one.text.slice(1))
    if (by === null) continue
    out += text.slice(done, one.at) + by
    done = one.at + one.text.length
  }
  return out + text.slice(done)
}

/** Where a keyword first stands at or after an offset, or null. */
export function keywordOffset(text: string, keyword: string, after = 0): number | null {
  for (const one of codeTokens(text)) {
    if (one.at >= after && one.text.toLowerCase() === keyword) return one.at
  }
  return null
}
