// Decimal commas, and dates and moments that are not ISO 8601. A source has one form of each, so its columns are looked at
// together: the first one with a form sets it, and a column of another form stays text.
import type { DataType } from '@millrace/core'
import { isDay, textType } from './infer-text.ts'

export interface Shown {
  readonly type: DataType
  /** Why it is text although it looks like more; null where there is nothing to say. */
  readonly note: string | null
}

export interface Forms {
  readonly decimal: '.' | ','
  /** null: ISO 8601. */
  readonly dateFormat: string | null
  readonly timestampFormat: string | null
  readonly columns: readonly Shown[]
}

type Texts = readonly string[]

const withComma = /^-?(?:0|[1-9]\d*)(?:,\d+)?$/
const likeThousands = /^-?[1-9]\d{0,2},\d{3}$/

const dayForms = ['.', '/', '-'].flatMap((mark) => [`%d${mark}%m${mark}%Y`, `%m${mark}%d${mark}%Y`])
const dateForms = [...dayForms, '%Y/%m/%d', '%Y.%m.%d']
const timeForms = ['%H:%M', '%H:%M:%S', '%H:%M:%S.%f', '%I:%M %p', '%I:%M:%S %p']
const momentForms = dateForms.flatMap((date) => timeForms.map((time) => `${date} ${time}`))
/** Stands for the form that needs no word. */
const iso = 'ISO 8601'

const parts: Readonly<Record<string, string>> = {
  '%Y': String.raw`(?<year>\d{4})`,
  '%m': String.raw`(?<month>\d{1,2})`,
  '%d': String.raw`(?<day>\d{1,2})`,
  '%H': String.raw`(?:[01]?\d|2[0-3])`,
  '%I': '(?:0?[1-9]|1[0-2])',
  '%M': String.raw`[0-5]\d`,
  '%S': String.raw`[0-5]\d`,
  '%f': String.raw`\d{1,6}`,
  '%p': '[AaPp][Mm]',
  '.': String.raw`\.`,
}

const patterns = new Map(
  [...dateForms, ...momentForms].map((form) => [
    form,
    new RegExp(`^${form.replaceAll(/%.|\./g, (part) => parts[part] ?? part)}$`),
  ]),
)

function fits(text: string, form: string): boolean {
  const { year, month, day } = patterns.get(form)?.exec(text)?.groups ?? {}
  return year !== undefined && isDay(Number(year), Number(month), Number(day))
}

const formsOf = (texts: Texts, forms: readonly string[]): readonly string[] =>
  texts.length === 0 ? [] : forms.filter((form) => texts.every((text) => fits(text, form)))

/** What each column may be of a kind, `iso` among it; and what it is where other columns tell. */
type Possible = readonly (readonly string[])[]

const dayOf = (form: string): string => form.split(' ')[0] ?? ''

/** A form that is the only one; or of two the one in which days stand in other columns. null: nothing tells. */
function settled(possible: readonly string[], known: ReadonlySet<string>): string | null {
  const [form, ...others] = possible.length < 2 ? possible : possible.filter((one) => known.has(dayOf(one)))
  return form === undefined || others.length > 0 ? null : form
}

interface Kind {
  readonly type: 'date' | 'timestamp'
  readonly option: 'dateFormat' | 'timestampFormat'
  readonly possible: Possible
}

/** The one form of a kind, and what becomes of the columns that look like it. */
function chosen({ type, option, possible }: Kind, known: ReadonlySet<string>): Chosen {
  const forms = possible.map((one) => settled(one, known))
  const first = forms.find((form) => form !== null) ?? null
  const columns = forms.map((form, i): Shown | null => {
    const open = possible[i] ?? []
    if (open.length === 0 || (form === iso && first === iso)) return null
    if (form === null) return { type: 'string', note: `${open.join(' or ')}? No value tells: set \`${option}\`` }
    if (form === first) return { type, note: null }
    return { type: 'string', note: `${form}, but \`${option}\` holds for all columns: here ${first}` }
  })
  return { form: first === iso ? null : first, columns }
}

interface Chosen {
  readonly form: string | null
  readonly columns: readonly (Shown | null)[]
}

/** A number with a comma, where the source has decimal commas or this column alone cannot tell. */
function number(texts: Texts, type: DataType, decimal: '.' | ','): Shown | null {
  if (isComma(texts)) {
    const note = 'Decimals or thousands? No value tells: set `decimal`'
    return decimal === ',' ? { type: pointed(texts), note: null } : { type: 'string', note }
  }
  const isPoint = decimal === ',' && isNumber(type) && texts.some((text) => text.includes('.'))
  return isPoint ? { type: 'string', note: 'Decimal points, but `decimal` holds for all columns: here a comma' } : null
}

const pointed = (texts: Texts): DataType => textType(texts.map((text) => text.replace(',', '.')))

const isComma = (texts: Texts): boolean =>
  texts.some((text) => text.includes(',')) && texts.every((text) => withComma.test(text))

const isNumber = (type: DataType): boolean =>
  type === 'float64' || (typeof type === 'string' && type.startsWith('decimal'))

const isMoment = (type: DataType): boolean => type === 'timestamp' || type === 'timestamptz'

/** The types of columns by all that they hold, and the forms that a source has to name for them. */
export function shownForms(all: readonly Texts[], delimiter: string): Forms {
  const columns = all.map((texts) => texts.filter((text) => text !== ''))
  const types = columns.map((texts) => textType(texts))
  const commas = delimiter === ',' ? [] : columns.filter(isComma)
  const tells = commas.some((texts) => texts.some((text) => text.includes(',') && !likeThousands.test(text)))
  const decimal = tells ? ',' : '.'
  const dates = columns.map((texts, i) => (types[i] === 'date' ? [iso] : formsOf(texts, dateForms)))
  const moments = columns.map((texts, i) => (isMoment(types[i] ?? 'string') ? [iso] : formsOf(texts, momentForms)))
  const known = new Set([...dates, ...moments].flatMap((one) => (one.length === 1 ? one.map(dayOf) : [])))
  const date = chosen({ type: 'date', option: 'dateFormat', possible: dates }, known)
  const moment = chosen({ type: 'timestamp', option: 'timestampFormat', possible: moments }, known)
  const shown = columns.map((texts, i): Shown => {
    const type = types[i] ?? 'string'
    const asNumber = delimiter === ',' ? null : number(texts, type, decimal)
    return asNumber ?? date.columns[i] ?? moment.columns[i] ?? { type, note: null }
  })
  return { decimal, dateFormat: date.form, timestampFormat: moment.form, columns: shown }
}
