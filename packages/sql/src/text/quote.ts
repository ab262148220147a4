/** A string literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A name that keeps its characters, whatever they are. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
