import type { WriteStream } from 'node:tty'

/** What a stream can show. */
export interface Screen {
  readonly live: boolean
  readonly width: number
  readonly paint: (style: Style, text: string) => string
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan'

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
}

/** A file: it has no width and takes no colours. */
export const plain: Screen = { live: false, width: 100, paint: (_, text) => text }

/** Colours only where a terminal shows them and nobody asked for none (NO_COLOR; FORCE_COLOR overrules). */
export function screen(stream: NodeJS.WriteStream | WriteStream): Screen {
  const { NO_COLOR: no = '', FORCE_COLOR: force = '', TERM: term = '' } = process.env
  const terminal = stream.isTTY && term !== 'dumb'
  const colours = force !== '' && force !== '0' ? true : terminal && no === ''
  return {
    live: terminal,
    // A terminal that nobody gave a size has no columns.
    width: terminal && stream.columns > 0 ? stream.columns : 100,
    paint: (style, text) => (colours ? `\u001B[${codes[style][0]}m${text}\u001B[${codes[style][1]}m` : text),
  }
}
