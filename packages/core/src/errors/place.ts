import type { Place } from './issue.ts'

/** Where an offset lies in a text, counted as editors count. */
export function placeAt(file: string, text: string, offset: number, length = 1): Place {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { file, line, column: offset - (before.lastIndexOf('\n') + 1) + 1, length }
}

/** The first place where a word stands by itself, after other words where some are given; the file's start otherwise. */
export function placeOf(
  file: string,
  text: string | undefined,
  word: string,
  ...after: readonly (string | undefined)[]
): Place {
  if (text === undefined) return { file, line: 1, column: 1, length: 1 }
  const start = after.reduce((from, one) => (one === undefined ? from : Math.max(from, find(text, one, from))), 0)
  const at = find(text, word, start)
  return at < 0 ? { file, line: 1, column: 1, length: 1 } : placeAt(file, text, at, word.length)
}

function find(text: string, word: string, from: number): number {
  const isWord = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}_]/u.test(char)
  for (let at = text.indexOf(word, from); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isWord(text[at - 1]) && !isWord(text[at + word.length])) return at
  }
  return -1
}
