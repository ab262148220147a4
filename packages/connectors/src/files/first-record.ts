export interface WrittenField {
  readonly text: string
  /** It stands in quotes: an empty one is then a text, not a missing value. */
  readonly quoted: boolean
}

/** The fields of the first record of a delimited text as they are written. */
export function firstFields(text: string, delimiter: string, quote: string): readonly WrittenField[] {
  const fields: WrittenField[] = []
  let [field, at, open, quoted] = ['', 0, false, false]
  for (; at < text.length; at++) {
    const char = text[at] ?? ''
    if (open) {
      if (char !== quote) field += char
      else if (text[at + 1] === quote) field += text[++at] ?? ''
      else open = false
    } else if (char === quote && field === '') [open, quoted] = [true, true]
    else if (char === delimiter) {
      fields.push({ text: field, quoted })
      ;[field, quoted] = ['', false]
    } else if (char === '\n' || char === '\r') break
    else field += char
  }
  return [...fields, { text: field, quoted }]
}

/** The fields of the first record of a delimited text: what a header is. */
export const firstRecord = (text: string, delimiter: string, quote: string): readonly string[] =>
  firstFields(text, delimiter, quote).map((field) => field.text)
