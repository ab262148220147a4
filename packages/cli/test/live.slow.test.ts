import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { Folder, main, start } from './command.ts'

const rows = 1_500_000

/** A project whose run takes long enough to be looked at. */
function project(): Folder {
  const records = Array.from({ length: rows }, (_, i) => `${i},name ${i % 1000},${(i % 700) / 100}\n`)
  return new Folder().write({
    'millrace.config.ts': `import { defineProject } from 'millrace'
      export default defineProject({ name: 'live', environments: { dev: {} } })`,
    'tables/long.ts': `import { defineSource } from 'millrace'
      export default defineSource({ connector: 'files', config: { path: 'landing/*.csv' }, tables: {
        'bronze.long': { columns: { id: { type: 'int64' }, name: { type: 'string' }, amount: { type: 'decimal(9,2)' } } } } })`,
    'landing/a.csv': `id,name,amount\n${records.join('')}`,
  })
}

/** What `script` shows of the command on a terminal of so many columns. */
async function shownIn(folder: Folder, columns: number, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const command = `stty cols ${columns}; '${process.execPath}' '${main}' run`
  const { status, stdout } = await start('script', ['-qec', command, '/dev/null'], folder.path, {
    TERM: 'xterm-256color',
    ...env,
  })
  expect(status).toBe(0)
  return stdout
}

const escape = '\u001B'
const up = new RegExp(String.raw`${escape}\[(\d+)A${escape}\[0J`)
const colour = new RegExp(String.raw`${escape}\[\d+m`)

/** Each picture that a terminal shows, one after another: it knows how to go up and how to erase what is below. */
function picturesOf(written: string): readonly (readonly string[])[] {
  const pictures: string[][] = []
  let lines: string[] = []
  for (const piece of written.split(new RegExp(`(?=${up.source.replace('(', '(?:')})`))) {
    const erased = up.exec(piece)
    if (erased !== null) lines = lines.slice(0, -Number(erased[1]))
    const added = stripVTControlCharacters(piece).split('\r\n').slice(0, -1)
    lines = [...lines, ...added]
    pictures.push(lines)
  }
  return pictures
}

// Elsewhere `script` takes other arguments.
test.skipIf(process.platform !== 'linux')(
  'a terminal shows how far a task is, and in the end what was done',
  async () => {
    const folder = project()
    const written = await shownIn(folder, 100)
    const pictures = picturesOf(written)
    const running = pictures.filter((lines) => /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] {2}bronze\.long /.test(lines.at(-1) ?? ''))
    expect(running.length).toBeGreaterThan(1)
    const counts = running.map((lines) =>
      Number(/ ([\d,]+) rows /.exec(lines.at(-1) ?? '')?.[1]?.replaceAll(',', '') ?? 0),
    )
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
    const going = / [\d,]+ rows {2}[\d,]+\/s {2}[\d.]+ [kMG]?B {2}\d+% {2}.* left$/
    expect(running.some((lines) => going.test(lines.at(-1) ?? ''))).toBe(true)
    expect(pictures.at(-1)).toEqual([
      expect.stringMatching(/^✓ bronze\.long {2}1,500,000 rows, /),
      expect.stringMatching(/^● published 1 table as [0-9a-f]{8}$/),
      expect.stringMatching(/^✓ ok: 1 of 1 steps done in .* run-/),
    ])
    expect(written).toContain(`${escape}[32m✓`)
  },
)

test.skipIf(process.platform !== 'linux')(
  'lines are cut where the terminal ends, and colours are left out on demand',
  async () => {
    const written = await shownIn(project(), 30, { NO_COLOR: '1' })
    const running = picturesOf(written).filter((lines) => /^[⠋-⠿] {2}bronze/.test(lines.at(-1) ?? ''))
    expect(running.length).toBeGreaterThan(1)
    for (const lines of running) expect(lines.at(-1)?.length).toBeLessThan(30)
    expect(written).not.toMatch(colour)
  },
)
