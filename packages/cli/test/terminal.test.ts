import { issue } from '@millrace/core'
import { expect, test } from 'vitest'
import { bytes, count, duration, plural } from '../src/terminal/format.ts'
import { grid } from '../src/terminal/grid.ts'
import { renderIssues } from '../src/terminal/issues.ts'
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
