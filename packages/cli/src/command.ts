/** What a word of the command line can be, for the shells that complete it. */
export type Takes = 'tables' | 'environments' | 'files' | 'folders' | readonly string[]

/** What a command's option takes; `value` names its placeholder in the help. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string'
  readonly multiple?: boolean
  readonly short?: string
  readonly value?: string
  readonly takes?: Takes
  readonly help: string
}

/** A command as data: help and completion read it without loading the command's code. */
export interface CommandSpec {
  readonly name: string
  readonly summary: string
  /** After the name: `[DIR]`, `NAME`. */
  readonly args?: string
  /** Of each word after the name. */
  readonly takes?: readonly Takes[]
  readonly group: 'Project' | 'Work' | 'Look' | 'Environments' | 'Care'
  /** With --json: events, a line each, and not one document. */
  readonly tells?: 'events'
  readonly about?: string
  readonly options: Readonly<Record<string, OptionSpec>>
  readonly examples: readonly string[]
  readonly load: () => Promise<{ readonly run: (input: Input) => Promise<number> }>
}

/** What was typed, parsed. */
export interface Input {
  readonly command: string
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
  readonly json: boolean
}

export const text = (input: Input, name: string): string | undefined => {
  const value = input.options[name]
  return typeof value === 'string' ? value : undefined
}

export const texts = (input: Input, name: string): readonly string[] => {
  const value = input.options[name]
  return Array.isArray(value) ? (value as readonly string[]) : []
}

export const flag = (input: Input, name: string): boolean => input.options[name] === true
