import { contentOf } from './content.ts'

const newline = 10
const [quote, backslash, comma, open, close, list, endList] = [34, 92, 44, 123, 125, 91, 93]

/** Every top-level key of a file of JSON lines, or of the elements of its array, in the order of first sight; bad records
 * have none.
 *
 * Most records have the keys of the one before, so the bytes are only compared; a record is parsed when it shows a new key.
 */
export async function jsonKeys(path: string, layout: 'lines' | 'array' = 'lines'): Promise<readonly string[]> {
  const keys = new KnownKeys()
  const next = layout === 'lines' ? lineEnd : elementEnd
  let unfinished: Buffer[] = []
  let [waiting, before, first] = [0, 0, layout === 'array']
  for await (const piece of contentOf(path)) {
    unfinished.push(piece as Buffer)
    waiting += (piece as Buffer).length
    // A record of many pieces is joined when as much again has come, not with each of them.
    if (waiting < before * 2) continue
    const bytes = Buffer.concat(unfinished)
    let start = first ? bytes.indexOf(list) + 1 : 0
    if (first && start === 0) continue
    first = false
    for (let end = next(bytes, start); end >= 0; end = next(bytes, start)) {
      keys.look(bytes, start, end)
      start = end + 1
    }
    unfinished = [bytes.subarray(start)]
    before = bytes.length - start
    waiting = before
  }
  const rest = Buffer.concat(unfinished)
  if (layout === 'lines') keys.look(rest, 0, rest.length)
  return [...keys.names]
}

const lineEnd = (bytes: Buffer, from: number): number => bytes.indexOf(newline, from)

/** The comma or bracket that ends an element of an array; -1 when it has not come yet. */
function elementEnd(bytes: Buffer, from: number): number {
  let depth = 0
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) at = closing(bytes, at + 1, bytes.length)
    else if (byte === open || byte === list) depth++
    else if (byte === comma && depth === 0) return at
    else if (byte === close || byte === endList) {
      if (depth === 0) return at
      depth--
    }
  }
  return -1
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

const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 9 || byte === 13 || byte === newline

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
