import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { issue, type Place } from '@millrace/core'
import { afterAll, expect, test, vi } from 'vitest'
import { dispatch } from '../src/dispatch.ts'
import { findCommand } from '../src/parse.ts'
import { advised, adviseFor } from '../src/terminal/advice.ts'
import { bytes, count, duration, plural } from '../src/terminal/format.ts'
import { grid } from '../src/terminal/grid.ts'
import { renderIssues } from '../src/terminal/issues.ts'
import { renderNotes } from '../src/terminal/notes.ts'
import type { Screen } from '../src/terminal/screen.ts'

const plain: Screen = { live: false, width: 80, paint: (_, text) => text }
const colours: Screen = { live: true, width: 80, paint: (_, text) => `\u001B[2m${text}\u001B[22m` }

test('columns stay in line behind wide characters, marks and colours', () => {
  const rows = [
    ['東京', 'x'],
    ['Zu\u0308rich', 'x'],
    ['한국어', 'x'],
    ['🚀', 'x'],
    ['a', 'x'],
  ]
  expect(grid(['city', 'mark'], rows, plain).split('\n')).toEqual([
    'city    mark',
    '東京    x',
    'Zu\u0308rich  x',
    '한국어  x',
    '🚀      x',
    'a       x',
  ])
  const painted = grid(['a', 'b'], [[colours.paint('dim', 'null'), '1']], plain)
  expect(painted.split('\n')[1]).toBe('\u001B[2mnull\u001B[22m  1')
})

test('numbers stand to the right, long cells end in an ellipsis, line breaks are shown', () => {
  const text = grid(
    ['n', 'text'],
    [
      ['1', 'a\nb'],
      ['1000', 'x'.repeat(100)],
    ],
    plain,
    { right: new Set([0]), most: 10 },
  )
  expect(text.split('\n')).toEqual(['   n  text', '   1  a⏎b', `1000  ${'x'.repeat(9)}…`])
})

test('sizes, counts and times read well', () => {
  expect([0, 999, 1000, 12_345, 999_000_000, 5e12].map(bytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '12.3 kB',
    '999 MB',
    '5.0 TB',
  ])
  expect(count(1_234_567)).toBe('1,234,567')
  expect([4, 999, 1500, 65_000].map(duration)).toEqual(['4 ms', '999 ms', '1.5 s', '1 min 5 s'])
  expect([0, 1, 2].map((n) => plural(n, 'row'))).toEqual(['0 rows', '1 row', '2 rows'])
})

test('an issue says what, what to do, and where to read on; several are counted', () => {
  const one = issue('command/unknown', { name: 'rum' }, { candidates: ['run'] })
  const text = renderIssues([one, one], plain)
  expect(text).toContain('✗ There is no command `rum`. command/unknown')
  expect(text).toContain('Did you mean run?')
  expect(text).toContain('→ `millrace --help` lists the commands.')
  expect(text).toContain('docs/reference/errors.md#commandunknown')
  expect(text.trimEnd().endsWith('2 problems')).toBe(true)
})

const temp = mkdtempSync(join(tmpdir(), 'millrace-terminal-'))
afterAll(() => rmSync(temp, { recursive: true, force: true }))
const file = join(temp, 'it.sql')

/** What is shown of a place: the lines between the message and what to do. */
function shown(at: Omit<Place, 'file'>, text: string): readonly string[] {
  writeFileSync(file, text)
  const lines = renderIssues([issue('command/unknown', { name: 'rum' }, { at: { file, ...at } })], plain).split('\n')
  return lines.slice(
    1,
    lines.findIndex((line) => line.includes('→')),
  )
}

test('an issue shows the line of its place, and carets under just the words that are meant', () => {
  const text = 'select id,\n  amuont as x\nfrom silver.orders\n'
  expect(shown({ line: 2, column: 3, length: 6 }, text)).toEqual([
    `  ${relative(process.cwd(), file)}:2:3`,
    '  2 │   amuont as x',
    '    │   ^^^^^^',
  ])
  expect(shown({ line: 1, column: 1, length: 0 }, text).slice(1)).toEqual(['  1 │ select id,', '    │ ^'])
  // The rows stay in line where numbers have two digits, and behind tabs, whatever width a terminal gives them.
  expect(shown({ line: 12, column: 4, length: 2 }, `${'\n'.repeat(11)}\t\ta b1,\tc`).slice(1)).toEqual([
    '  12 │   a b1, c',
    '     │    ^^',
  ])
})

test('of a very long line the part around the place is shown', () => {
  const long = `${'a'.repeat(500)}WRONG${'b'.repeat(500)}`
  expect(shown({ line: 1, column: 501, length: 5 }, long)).toEqual([
    `  ${relative(process.cwd(), file)}:1:501`,
    `  1 │ ${'a'.repeat(59)}WRONG${'b'.repeat(46)}`,
    `    │ ${' '.repeat(59)}^^^^^`,
  ])
  const [, line = '', caret = ''] = shown({ line: 1, column: 501, length: 505 }, long)
  expect([caret.indexOf('^'), caret.length]).toEqual([line.indexOf('W'), line.length])
  // What goes on in the next line is not marked below this one, and at the end of a line one place is.
  expect(shown({ line: 1, column: 8, length: 20 }, 'select (\nselect 1)').slice(2)).toEqual(['    │        ^'])
  expect(shown({ line: 1, column: 9, length: 1 }, 'select (\n').slice(2)).toEqual(['    │         ^'])
})

test('where the place cannot be read any more it is told all the same', () => {
  const where = relative(process.cwd(), file)
  expect(shown({ line: 9, column: 2, length: 3 }, 'one line')).toEqual([`  ${where}:9:2`])
  rmSync(file)
  const gone = issue('command/unknown', { name: 'rum' }, { at: { file, line: 1, column: 1, length: 1 } })
  expect(renderIssues([gone], plain).split('\n')[1]).toBe(`  ${where}:1:1`)
})

test('what is advised works in the environment that the command worked in', () => {
  const advice = 'Roll it back with `millrace rollback ID`, or `millrace init`; or `millrace run --allow a.b --env it`.'
  expect(advised(advice)).toBe(advice)
  adviseFor('fix')
  try {
    expect(advised(advice)).toBe(advice.replace('rollback ID', 'rollback --env fix ID'))
    const left = renderNotes([issue('plan/would-drop', { table: 'gold.v' })], plain)
    expect(left).toContain('`millrace run --env fix --allow gold.v`')
  } finally {
    adviseFor(undefined)
  }
})

test('an error that nobody foresaw ends a command with its text, and says how to find its place', async () => {
  vi.spyOn(findCommand('tables'), 'load').mockResolvedValue({ run: () => Promise.reject(new TypeError('odd')) })
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    expect(await dispatch(['tables', '--json'])).toBe(1)
    expect(JSON.parse(String(write.mock.calls[0]?.[0]))).toMatchObject({
      issues: [{ code: 'command/failed', message: 'odd', fix: expect.stringContaining('MILLRACE_DEBUG=1') as string }],
    })
  } finally {
    vi.restoreAllMocks()
  }
})
