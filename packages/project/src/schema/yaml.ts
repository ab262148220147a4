// YAML as views: values with the places where they stand. Of YAML 1.2 its core schema holds; tags and several documents
// have no meaning in settings and are mistakes.
import { losesDigits, type Scalar } from '@millrace/core'
import {
  COLLECTION_STYLE,
  type Event,
  EVENT_ID,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from 'js-yaml'
import type { Span, View, ViewEntry } from './view.ts'

/** What makes a text no YAML, or no settings. */
export class YamlMistake extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** The value of a text; an empty one is an empty map. */
export function viewOfYaml(text: string): View {
  const reading = new Reading(text, eventsOf(text))
  const view = reading.document()
  return view.kind === 'scalar' && view.value === null ? { kind: 'map', span: [0, 0], entries: [] } : view
}

function eventsOf(text: string): readonly Event[] {
  try {
    return parseEvents(text, {})
  } catch (error) {
    if (error instanceof YAMLException) throw new YamlMistake(error.reason, error.mark?.position ?? 0)
    throw error
  }
}

const nothing: View = { kind: 'scalar', span: null, value: null }

class Reading {
  readonly #text: string
  readonly #events: readonly Event[]
  readonly #anchors = new Map<string, View>()
  #next = 0
  /** Where the value that was read last ends. */
  #end = 0

  constructor(text: string, events: readonly Event[]) {
    this.#text = text
    this.#events = events
  }

  document(): View {
    if (this.#events.filter((one) => one.type === EVENT_ID.DOCUMENT).length > 1)
      throw new YamlMistake('Settings are one document; `---` begins another', this.#text.lastIndexOf('---'))
    this.#next = 1
    return this.#isPop() ? nothing : this.#value()
  }

  #isPop(): boolean {
    const event = this.#events[this.#next]
    return event === undefined || event.type === EVENT_ID.POP
  }

  #value(): View {
    const event = this.#events[this.#next++]
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return nothing
    if (event.type === EVENT_ID.ALIAS) return this.#alias(event.anchorStart, event.anchorEnd)
    if (event.tagStart >= 0)
      throw new YamlMistake('Tags such as `!!str` have no meaning here; put text in quotes', event.tagStart)
    const view = this.#plain(event)
    if (event.anchorStart >= 0) this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), view)
    return view
  }

  #plain(event: ScalarEvent | SequenceEvent | MappingEvent): View {
    if (event.type === EVENT_ID.SCALAR) return this.#scalar(event)
    return event.type === EVENT_ID.SEQUENCE ? this.#list(event) : this.#map(event)
  }

  #scalar(event: ScalarEvent): View {
    const source = getScalarValue(this.#text, event)
    const isPlain = event.style === SCALAR_STYLE.PLAIN
    const value = isPlain ? plainValue(source) : source
    if (event.valueStart < 0) return { kind: 'scalar', span: null, value }
    const exact = typeof value === 'number' && losesDigits(source) ? { digits: source.replace('+', '') } : {}
    // The value of a quoted text stands between its quotes.
    const quotes = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0
    const span: Span = [event.valueStart - quotes, event.valueEnd + quotes]
    this.#end = span[1]
    return { kind: 'scalar', span, value, ...exact }
  }

  #list(event: SequenceEvent): View {
    const items: View[] = []
    while (!this.#isPop()) items.push(this.#value())
    return { kind: 'list', span: this.#close(event, ']'), items }
  }

  #map(event: MappingEvent): View {
    const entries: ViewEntry[] = []
    while (!this.#isPop()) {
      const key = this.#value()
      if (key.kind !== 'scalar') throw new YamlMistake('A key is a word', key.span?.[0] ?? event.start)
      const written = key.span === null ? '' : this.#text.slice(...key.span)
      const name = typeof key.value === 'string' ? key.value : written
      entries.push({ key: name, keySpan: key.span, value: this.#value() })
    }
    return { kind: 'map', span: this.#close(event, '}'), entries }
  }

  /** From the start of a collection to its bracket, or to the end of its last value. */
  #close(event: SequenceEvent | MappingEvent, bracket: string): Span {
    this.#next++
    if (event.style === COLLECTION_STYLE.FLOW) {
      const found = this.#text.indexOf(bracket, Math.max(event.start, this.#end))
      this.#end = found < 0 ? this.#text.length : found + 1
    }
    return [event.start, Math.max(event.start, this.#end)]
  }

  #alias(start: number, end: number): View {
    const name = this.#text.slice(start, end)
    const view = this.#anchors.get(name)
    if (view === undefined) throw new YamlMistake(`Nothing is named &${name} before this place`, start)
    this.#end = end
    return view
  }
}

const meanings: readonly (readonly [written: string, value: Scalar])[] = [
  ['~ null Null NULL', null],
  ['true True TRUE', true],
  ['false False FALSE', false],
  ['.nan .NaN .NAN', Number.NaN],
  ['.inf .Inf .INF +.inf +.Inf +.INF', Infinity],
  ['-.inf -.Inf -.INF', -Infinity],
]

const words: ReadonlyMap<string, Scalar> = new Map([
  ['', null],
  ...meanings.flatMap(([written, value]) => written.split(' ').map((word) => [word, value] as const)),
])

/** The core schema's meaning of an unquoted text. Integers past 2^53 keep their digits. */
function plainValue(source: string): Scalar {
  const word = words.get(source)
  if (word !== undefined) return word
  if (!/^[-+.\d]/.test(source)) return source
  if (/^[-+]?\d+$/.test(source)) {
    const number = Number(source)
    return Number.isSafeInteger(number) ? number : BigInt(source.replace('+', ''))
  }
  if (/^0o[0-7]+$|^0x[\da-fA-F]+$/.test(source)) return Number(source)
  return /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(source) ? Number(source) : source
}
