import { counted } from '../errors/counted.ts'
import type { Interval, Slice } from '../progress.ts'
import { printInterval } from '../time/grain.ts'
import type { TableName } from '../words.ts'
import type { Change } from './compare.ts'

/** Why a step exists; every step says. */
export type Reason =
  | { readonly reason: 'new' }
  | { readonly reason: 'changed'; readonly change: Change }
  | { readonly reason: 'input-changed'; readonly table: TableName }
  | { readonly reason: 'follows'; readonly table: TableName }
  | { readonly reason: 'new-data'; readonly items: number; readonly bytes: number }
  | { readonly reason: 'asks-source' }
  | { readonly reason: 'intervals'; readonly intervals: readonly Interval[] }
  | { readonly reason: 'asked'; readonly option: string }
  | { readonly reason: 'no-definition' }

const list = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ')

const columns = (names: readonly string[]): string =>
  names.length > 1 ? `the columns ${list(names)} are` : `the column ${list(names)} is`

const changeTexts: { readonly [C in Change['change']]: (change: Extract<Change, { change: C }>) => string } = {
  new: () => 'it is new',
  foreign: () => 'another program has written it',
  rows: () => 'which rows it has is defined differently (filter, join, key, or an input above it)',
  values: (c) => `${columns(c.columns)} computed differently`,
  added: (c) => `${columns(c.columns)} new`,
  removed: (c) => `${columns(c.columns)} gone`,
  renamed: (c) => `${columns(c.columns)} written in another case`,
  layout: () => 'its layout on disk changes (partition, sort or compression)',
  promise: () => 'its checks, notes or schedule changed',
  reader: () => 'the SQL reader has a new version, the text is the same',
}

/** A reason as a person says it. */
export function sayReason(reason: Reason): string {
  switch (reason.reason) {
    case 'new':
      return 'it is not there yet'
    case 'changed':
      return changeTexts[reason.change.change](reason.change as never)
    case 'input-changed':
      return `${reason.table} has a newer version`
    case 'follows':
      return `${reason.table} changes in this plan`
    case 'new-data':
      return `${counted(reason.items, 'new item waits', 'new items wait')} in the source`
    case 'asks-source':
      return 'only the source knows what is new'
    case 'intervals':
      return `not filled yet, or with late rows: ${reason.intervals.slice(0, 3).map(printInterval).join('; ')}${
        reason.intervals.length > 3 ? ` and ${reason.intervals.length - 3} more` : ''
      }`
    case 'asked':
      return `asked for with ${reason.option}`
    case 'no-definition':
      return 'nothing in the project defines it any more'
  }
}

/** A slice as a person says it. */
export function saySlice(slice: Slice): string {
  if ('all' in slice) return 'everything'
  if ('interval' in slice) return printInterval(slice.interval)
  return 'changes' in slice ? 'what is new' : `rows where ${slice.keys.where}`
}
