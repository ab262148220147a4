import { renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type Changes, changesSince, loadProject, type Standing, standingOf } from '../src/index.ts'
import { hashText } from '../src/files/hash.ts'
import { Folder, noSql } from './folder.ts'

const made: Folder[] = []
afterEach(() => {
  for (const one of made.splice(0)) one.remove()
})

const files = {
  'millrace.config.ts': '',
  'tables/gold/sales.sql': 'select 1 as one',
  'tables/gold/more.sql': '/* millrace\nnote: More.\n*/\nselect 2 as two',
  'seeds/raw/pages.csv': 'page\n/\n',
  'seeds/raw/pages.yaml': 'columns:\n  page: string\n',
}

/** Long after files were written, none of them is racy. */
const later = Date.now() + 3_600_000

async function loaded(since: number): Promise<{ readonly folder: Folder; readonly before: Standing }> {
  const folder = new Folder().write(files)
  made.push(folder)
  const { from } = await loadProject(folder.root, { sqlReader: noSql, cacheDir: null })
  if (from === null) throw new Error('nothing was loaded')
  return { folder, before: standingOf(folder.root, from, since) }
}

const told = (changes: Changes | null): unknown =>
  changes === null ? null : { edited: [...changes.edited.keys()], looked: changes.looked }

describe('files as they stood', () => {
  test('are told by their times alone, long after they were written', async () => {
    const { folder, before } = await loaded(later)
    expect(told(changesSince(folder.root, before, later))).toEqual({ edited: [], looked: 0 })
  })

  test('are all looked into where they were read right after they were written, and not for ever', async () => {
    const { folder, before } = await loaded(Date.now())
    const first = changesSince(folder.root, before, later)
    expect(told(first)).toEqual({ edited: [], looked: Object.keys(before.files).length })
    expect(told(changesSince(folder.root, first?.standing ?? before, later))).toEqual({ edited: [], looked: 0 })
  })

  test('an edit is told with its text, whatever was done to the time of writing', async () => {
    const { folder, before } = await loaded(later)
    const path = join(folder.root, 'tables/gold/sales.sql')
    const { atime, mtime } = statSync(path)
    folder.write({ 'tables/gold/sales.sql': 'select 2 as one' })
    utimesSync(path, atime, mtime)
    const changes = changesSince(folder.root, before, later)
    expect(told(changes)).toEqual({ edited: ['tables/gold/sales.sql'], looked: 1 })
    expect(changes?.edited.get('tables/gold/sales.sql')).toBe('select 2 as one')
  })

  test('an edit within one tick of the clock is seen, because the text had just been written', async () => {
    const { folder, before } = await loaded(Date.now())
    folder.write({ 'tables/gold/sales.sql': 'select 3 as one' })
    // As if the clock had not moved: what stands on disk has the times that were noted.
    const now = standingOf(folder.root, fromOf(before), Date.now())
    const same = Object.fromEntries(
      Object.entries(before.files).map(([file, mark]) => [file, { ...mark, times: now.files[file]?.times ?? null }]),
    )
    expect(changesSince(folder.root, { ...before, files: same }, later)?.edited.size).toBe(1)
    const trusting = Object.fromEntries(Object.entries(same).map(([file, mark]) => [file, { ...mark, racy: false }]))
    expect(changesSince(folder.root, { ...before, files: trusting }, later)?.edited.size).toBe(0)
  })

  test('a file that was touched or put back is looked into once', async () => {
    const { folder, before } = await loaded(later)
    const path = join(folder.root, 'tables/gold/sales.sql')
    utimesSync(path, new Date(), new Date())
    const changes = changesSince(folder.root, before, later)
    expect(told(changes)).toEqual({ edited: [], looked: 1 })
    expect(told(changesSince(folder.root, changes?.standing ?? before, later))).toEqual({ edited: [], looked: 0 })
  })

  const more: readonly (readonly [string, (root: string, folder: Folder) => void])[] = [
    ['a new model', (_, folder) => folder.write({ 'tables/gold/new.sql': 'select 1 as one' })],
    ['a model that went', (root) => rmSync(join(root, 'tables/gold/more.sql'))],
    [
      'a model of another name',
      (root) => renameSync(join(root, 'tables/gold/more.sql'), join(root, 'tables/gold/m.sql')),
    ],
    ['another row of a seed', (_, folder) => folder.write({ 'seeds/raw/pages.csv': 'page\n/home\n' })],
    ['another header of a seed', (_, folder) => folder.write({ 'seeds/raw/pages.yaml': 'columns:\n  page: int64\n' })],
    ['a header of a seed that went', (root) => rmSync(join(root, 'seeds/raw/pages.yaml'))],
    ['a definition in TypeScript', (_, folder) => folder.write({ 'tables/gold/code.ts': 'export {}' })],
    ['another configuration', (_, folder) => folder.write({ 'millrace.config.ts': 'export default 1' })],
    ['no configuration', (root) => rmSync(join(root, 'millrace.config.ts'))],
  ]
  test.each(more)('%s is more than an edit', async (_, change) => {
    const { folder, before } = await loaded(later)
    change(folder.root, folder)
    expect(changesSince(folder.root, before, later)).toBeNull()
  })

  test('files that define nothing may come and go', async () => {
    const { folder, before } = await loaded(later)
    folder.write({ 'tables/gold/README.md': 'Gold.', 'tables/types.d.ts': 'export {}', 'notes.sql': 'select 1' })
    expect(told(changesSince(folder.root, before, later))).toEqual({ edited: [], looked: 0 })
  })

  test('an environment variable that TypeScript looked at counts as well', async () => {
    const { folder, before } = await loaded(later)
    expect(changesSince(folder.root, { ...before, env: { MILLRACE_NOT_SET: '' } }, later)).toBeNull()
    // Set to nothing then, not set now.
    const empty = { MILLRACE_NOT_SET: hashText('') }
    expect(changesSince(folder.root, { ...before, env: empty }, later)).toBeNull()
  })

  test('more than fifty edits are a change of branch', async () => {
    const names = Array.from({ length: 51 }, (_, i) => `tables/gold/t${i}.sql`)
    const { folder, before } = await loaded(later)
    folder.write(Object.fromEntries(names.map((name) => [name, 'select 1 as one'])))
    const { from } = await loadProject(folder.root, { sqlReader: noSql, cacheDir: null })
    const all = standingOf(folder.root, from ?? fromOf(before), later)
    folder.write(Object.fromEntries(names.slice(1).map((name) => [name, 'select 2 as one'])))
    expect(changesSince(folder.root, all, later)?.edited.size).toBe(50)
    folder.write({ [names[0] ?? '']: 'select 2 as one' })
    expect(changesSince(folder.root, all, later)).toBeNull()
  })
})

const fromOf = (before: Standing): Parameters<typeof standingOf>[1] => ({
  config: before.config,
  files: new Map(Object.entries(before.files).map(([file, { hash }]) => [file, hash])),
  env: new Map(),
})

test('every file that was read counts', async () => {
  const { before } = await loaded(later)
  expect(Object.keys(before.files).toSorted()).toEqual(Object.keys(files).toSorted())
})
