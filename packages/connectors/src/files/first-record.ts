/** The fields of the first record of a delimited text: what a header is. */
export function firstRecord(text: string, delimiter: string, quote: string): readonly string[] {
  const fields: string[] = []
  let [field, at, quoted] = ['', 0, false]
  for (; at < text.length; at++) {
    const char = text[at] ?? ''
    if (quoted) {
      if (char !== quote) field += char
      else if (text[at + 1] === quote) field += text[++at] ?? ''
      else quoted = false
    } else if (char === quote && field === '') quoted = true
    else if (char === delimiter) {
      fields.push(field)
      field = ''
    } else if (char === '\n' || char === '\r') break
    else field += char
  }
  return [...fields, field]
}
