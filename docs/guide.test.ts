// The guide is one story: its files are written and its commands run in order, in one folder, and what it shows must come.
//
// - ```LANG file=PATH writes a file below the story's current folder.
// - ```sh runs in bash there; a `cd` lasts. `exit=1` after `sh` is the exit code that the story expects.
// - ```text is what the block before it printed: its lines occur in this order, `…` stands for anything.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { main } from '../packages/cli/test/command.ts'

const root = dirname(import.meta.dirname)
const story = mkdtempSync(join(tmpdir(), 'millrace-guide-'))

interface Block {
  readonly page: string
  readonly line: number
  readonly language: string
  readonly said: Readonly<Record<string, string>>
  readonly body: string
}

const index = readFileSync(join(root, 'docs/guide/README.md'), 'utf8')
const pages = [...index.matchAll(/^\d+\. \[[^\]]+\]\(([^)]+)\)/gm)].map((found) => found[1] as string)
const blocks = pages.flatMap(blocksOf)

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(root, 'docs/guide', page), 'utf8')
  return [...text.matchAll(/^```(\w+)(.*)\n([^]*?)^```/gm)].map(([, language = '', rest = '', body = ''], i) => ({
    page,
    line: text.slice(0, [...text.matchAll(/^```\w+.*\n/gm)][i]?.index).split('\n').length,
    language,
    said: Object.fromEntries(
      rest
        .trim()
        .split(' ')
        .map((one) => one.split('=') as [string, string]),
    ),
    body,
  }))
}

let here = story
let shown = ''

/** Runs a block, and remembers the folder that it ends in. */
function run({ body, said }: Block): number | null {
  const command = `millrace() { "${process.execPath}" "${main}" "$@"; }\nset -e\nexec 2>&1\n${body}\npwd > "${story}/.here"`
  // Variables do not outlive a shell; this one does, for the block after it.
  const variables = 'declare -p first 2>/dev/null > "$VARIABLES" || true'
  const file = join(story, '.variables')
  const { status, stdout } = spawnSync(
    'bash',
    ['-c', `[ -f "$VARIABLES" ] && source "$VARIABLES"\n${command}\n${variables}`],
    { cwd: here, encoding: 'utf8', timeout: 60_000, env: { ...process.env, NO_COLOR: '1', VARIABLES: file } },
  )
  shown = stdout
  if (said['exit'] === undefined) here = readFileSync(join(story, '.here'), 'utf8').trim()
  return status
}

/** A line with `…` for anything, and any space where it has two. */
const patternOf = (line: string): RegExp =>
  new RegExp(
    line
      .trim()
      .split('…')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('.*')
      .replaceAll(/ {2,}/g, ' +'),
  )

afterAll(() => rmSync(story, { recursive: true, force: true }))

test('the guide has its pages', () => {
  expect(pages.length).toBeGreaterThan(5)
  expect(blocks.length).toBeGreaterThan(30)
})

/** What a block asks for, by its language; code that only shows something asks for nothing. */
const steps: Readonly<Record<string, readonly [does: string, step: (block: Block) => void]>> = {
  file: ['is written', write],
  sh: ['runs', runAsSaid],
  text: ['is what it printed', hasPrinted],
}

const kindOf = ({ said, language }: Block): string => (said['file'] === undefined ? language : 'file')

function write({ said, body }: Block): void {
  const file = join(here, said['file'] ?? '')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, body)
}

function runAsSaid(block: Block): void {
  const expected = Number(block.said['exit'] ?? 0)
  const status = run(block)
  expect(status, shown).toBe(expected)
}

function hasPrinted({ body }: Block): void {
  let from = 0
  const lines = shown.split('\n')
  const missing = body
    .split('\n')
    .filter((wanted) => wanted.trim() !== '')
    .filter((wanted) => {
      const found = lines.findIndex((line, i) => i >= from && patternOf(wanted).test(line))
      from = found + 1
      return found < 0
    })
  expect(missing, shown).toEqual([])
}

test.for(
  blocks
    .filter((one) => kindOf(one) in steps)
    .map((one) => [`${one.page}:${one.line}`, steps[kindOf(one)]?.[0], one] as const),
)('%s %s', ([, , block]) => {
  steps[kindOf(block)]?.[1](block)
  expect(block.body).not.toBe('')
})
