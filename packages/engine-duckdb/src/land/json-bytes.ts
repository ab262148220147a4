/** The bytes of which JSON is made. */
export const quote = 34
export const plus = 43
export const comma = 44
export const minus = 45
export const dot = 46
export const slash = 47
export const zero = 48
export const colon = 58
export const list = 91
export const backslash = 92
export const endList = 93
export const letterE = 101
export const letterT = 116
export const letterU = 117
export const open = 123
export const close = 125

export const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 9 || byte === 13 || byte === 10
export const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= 57
