import { contentOf } from './content.ts'

const newline = 10
const [quote, backslash, comma, open, close, list, endList] = [34, 92, 44, 123, 125, 91, 93]

/** Every top-level key of a file of JSON lines, in the order of first sight; bad lines have none.
 *
 * Most lines have the keys of the line before, so the bytes are only compared; a line is parsed when it shows a new key.
 */
export async function jsonKeys(path: string): Promise<readonly string[]> {
  const keys = new KnownKeys()
  let unfinished: Buffer[] = []
  for await (const piece of contentOf(path)) {
    unfinished.push(piece as Buffer)
    // A line of many pieces is joined once, not with each of them.
    if (!(piece as Buffer).includes(newline)) continue
    const bytes = Buffer.concat(unfinished)
    let start = 0
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      keys.look(bytes, start, end)
      start = end + 1
    }
    unfinished = [bytes.subarray(start)]
  }
  const rest = Buffer.concat(unfinished)
  keys.look(rest, 0, rest.length)
  return [...keys.names]
}

/** Keys as they are written, escapes and all, in the order in which lines have them. */
class KnownKeys {
  readonly names = new Set<string>()
  private readonly written: Buffer[] = []
  private readonly places = new Map<string, number>()

  /** Takes the keys of one line in; what a broken line seems to have is no key. */
  look(bytes: Buffer, start: number, end: number): void {
    const fresh: Buffer[] = []
    let expected = 0
    for (let at = nextKey(bytes, start, end); at >= 0;) {
      const behind = closing(bytes, at + 1, end)
      if (!isAt(bytes, at + 1, behind, this.written[expected])) {
        const place = this.places.get(bytes.toString('latin1', at + 1, behind))
        if (place === undefined) fresh.push(bytes.subarray(at + 1, behind))
        expected = place ?? expected - 1
      }
      expected++
      at = keyAfter(bytes, behind + 1, end)
    }
    if (fresh.length > 0) this.learn(bytes.toString('utf8', start, end), fresh)
  }

  private learn(line: string, fresh: readonly Buffer[]): void {
    const names = keysOf(line)
    if (names.length === 0) return
    for (const name of names) this.names.add(name)
    for (const one of fresh) {
      this.places.set(one.toString('latin1'), this.written.length)
      this.written.push(Buffer.from(one))
    }
  }
}

function isAt(bytes: Buffer, from: number, to: number, key: Buffer | undefined): boolean {
  if (key === undefined || key.length !== to - from) return false
  for (let i = 0; i < key.length; i++) if (bytes[from + i] !== key[i]) return false
  return true
}

/** Where the first key's quote stands; -1 where a line is no object. */
function nextKey(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && isSpace(bytes[at])) at++
  return bytes[at] === open ? quoteFrom(bytes, at + 1, end) : -1
}

function quoteFrom(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && isSpace(bytes[at])) at++
  return at < end && bytes[at] === quote ? at : -1
}

const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 9 || byte === 13

/** The quote that closes a text, or the end of the line. */
function closing(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (bytes[at] === backslash) at++
    else if (bytes[at] === quote) return at
  }
  return end
}

/** The quote of the key that follows a value, whatever is nested in it. */
function keyAfter(bytes: Buffer, from: number, end: number): number {
  let depth = 0
  for (let at = from; at < end; at++) {
    const byte = bytes[at]
    if (byte === quote) at = closing(bytes, at + 1, end)
    else if (byte === open || byte === list) depth++
    else if (byte === close || byte === endList) depth--
    else if (byte === comma && depth === 0) return quoteFrom(bytes, at + 1, end)
  }
  return -1
}

function keysOf(line: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
  } catch {
    return []
  }
}
