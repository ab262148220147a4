import { readdirSync, readFileSync } from 'node:fs'
import { MillraceError } from '@millrace/core'
import { expect, test } from 'vitest'
import { commandHelp, overview } from '../src/help.ts'
import { findCommand, parseInput } from '../src/parse.ts'
import { commands, commonOptions } from '../src/table.ts'

test('the first screen names every command once, with what it does', () => {
  const screen = overview('1.2.3')
  expect(screen).toContain('millrace 1.2.3')
  for (const { name, summary } of commands)
    expect(
      screen.split('\n').filter((line) => line.trim().startsWith(`${name} `) && line.endsWith(summary)),
    ).toHaveLength(1)
})

test.for(commands.map((one) => [one.name, one] as const))(
  'the help of %s shows its options and examples',
  ([name, spec]) => {
    const help = commandHelp(spec)
    expect(help).toContain(`Usage: millrace ${name}`)
    for (const option of Object.keys({ ...spec.options, ...commonOptions })) expect(help).toContain(`--${option}`)
    expect(spec.examples.length).toBeGreaterThan(0)
    for (const example of spec.examples) expect(help).toContain(`  ${example}`)
    for (const line of help.split('\n')) expect(line.length).toBeLessThan(150)
  },
)

test.for(commands.flatMap((one) => one.examples.map((example) => [example, one] as const)))(
  '%s parses',
  ([example, spec]) => {
    const words = [...example.replace(/^source <\((.*)\)$/, '$1').matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, bare]) => quoted ?? bare ?? '',
    )
    const from = words.findIndex((word) => word.endsWith('millrace'))
    expect(words[from + 1]).toBe(spec.name)
    expect(parseInput(spec, words.slice(from + 2)).command).toBe(spec.name)
  },
)

function issueOf(work: () => unknown) {
  try {
    work()
  } catch (error) {
    if (error instanceof MillraceError) return error.issues[0]
  }
  throw new Error('no issue')
}

test.for([
  ['rum', 'run'],
  ['tabels', 'tables'],
  ['querry', 'query'],
  ['rolback', 'rollback'],
] as const)('%s is taken for %s', ([typed, meant]) => {
  const issue = issueOf(() => findCommand(typed))
  expect(issue?.code).toBe('command/unknown')
  expect(issue?.candidates).toContain(meant)
})

test('an unknown option names the nearest one', () => {
  const issue = issueOf(() => parseInput(findCommand('run'), ['--slect', 'x']))
  expect(issue).toMatchObject({
    code: 'command/unknown-option',
    params: { option: '--slect' },
    candidates: ['--select'],
  })
})

test('an option without its value, and one that takes none, are told apart from unknown ones', () => {
  expect(issueOf(() => parseInput(findCommand('run'), ['--env']))?.code).toBe('command/bad-option')
  expect(issueOf(() => parseInput(findCommand('run'), ['--atomic=yes']))?.code).toBe('command/bad-option')
})

test('words after -- are never options', () => {
  expect(parseInput(findCommand('query'), ['--', '--what']).args).toEqual(['--what'])
})

test('a word more than a command takes is never left aside in silence', () => {
  expect(issueOf(() => parseInput(findCommand('run'), ['silver.orders', 'gold.sales']))).toMatchObject({
    code: 'command/extra-words',
    params: { command: 'run', words: 'silver.orders gold.sales', selects: true },
  })
  expect(issueOf(() => parseInput(findCommand('query'), ['select', '1']))).toMatchObject({
    code: 'command/extra-words',
    params: { words: '1', selects: false },
  })
  expect(parseInput(findCommand('env'), ['diff', 'fix']).args).toEqual(['diff', 'fix'])
  expect(issueOf(() => parseInput(findCommand('env'), ['diff', 'fix', 'prod']))?.code).toBe('command/extra-words')
})

test('every command that a message, the guide or a README tells to run is one, with options that it has', () => {
  const root = new URL('../../../', import.meta.url)
  const files = ['packages/core/src/errors/', 'docs/guide/', 'docs/reference/'].flatMap((folder) =>
    readdirSync(new URL(folder, root)).map((name) => `${folder}${name}`),
  )
  const lines = [...files, 'README.md'].flatMap((file) => [
    ...readFileSync(new URL(file, root), 'utf8').matchAll(/(?:`|^ *)millrace ([a-z]+)([^`\n]*)/gm),
  ])
  expect(lines.length).toBeGreaterThan(100)
  const wrong = lines.flatMap(([line, name = '', rest = '']) => {
    const spec = commands.find((one) => one.name === name)
    if (spec === undefined) return [line]
    const options = Object.keys({ ...spec.options, ...commonOptions })
    const unknown = [...rest.matchAll(/ --([a-z-]+)/g)].some(([, option = '']) => !options.includes(option))
    const [known = []] = spec.takes ?? []
    const [, word = ''] = /^ ([a-z]+)/.exec(rest) ?? []
    return unknown || (word !== '' && typeof known !== 'string' && !known.includes(word)) ? [line] : []
  })
  expect(wrong).toEqual([])
})

test('every option of every command is given to it in some test or page of the guide', () => {
  const root = new URL('../../../', import.meta.url)
  const folders = ['packages/cli/test/', 'packages/runtime/test/', 'tests/', 'docs/guide/']
  const files = folders.flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((name) => /\.slow\.test\.ts$|\.md$/.test(name))
      .map((name) => readFileSync(new URL(folder + name, root), 'utf8')),
  )
  // One test gives --project and --env to every command that has them; those that run share how they --wait.
  const asked = new Set(['project', 'env'])
  const wait = new Set(['backfill --wait', 'restate --wait'])
  const isGiven = (name: string, option: string): boolean => {
    // The command's name as a word of its own, and the option in the same call or line.
    const given = new RegExp(
      `(?:[\\s(]${name}\\(|'${name}'|millrace ${name} )(?:(?!\\n\\n|\\)\\n|\`)[^]){0,200}?--${option}\\b`,
    )
    return files.some((text) => given.test(text))
  }
  const never = commands.flatMap(({ name, options }) =>
    Object.keys(options)
      .filter((option) => !asked.has(option) && !isGiven(name, option))
      .map((option) => `${name} --${option}`),
  )
  expect(never.filter((one) => !wait.has(one))).toEqual([])
})
