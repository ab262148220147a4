// What shells are offered while somebody types.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from '../src/table.ts'
import { config, Folder } from './command.ts'

const folder = new Folder()

beforeAll(async () => {
  folder.write({
    'millrace.config.ts': config,
    'tables/bronze/things.sql': "select 1 as id, 'a' as name",
    'tables/gold/names.sql': 'select id, name from bronze.things',
  })
  await folder.prepare('run')
})

afterAll(() => folder.remove())

test('bash completes commands, options, files, and the names that the project has', async () => {
  const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { stdout, stderr } = await folder.shell(
      `source <(millrace completion bash); COMP_WORDS=(millrace ${words.map((one) => `'${one}'`).join(' ')}); COMP_CWORD=${words.length}; _millrace; echo "\${COMPREPLY[@]}"`,
    )
    expect(stderr).toBe('')
    return stdout.trim().split(' ')
  }
  folder.write({ 'tables/gold/planned.sql': 'select 1 as one' })
  expect(await complete('ta')).toEqual(['tables', 'table'])
  expect(await complete('run', '--sel')).toEqual(['--select'])
  expect(await complete('query', 'select 1', '--to', 'millrace.con')).toEqual(['millrace.config.ts'])
  expect(await complete('query', 'select 1', '--format', 'j')).toEqual(['json', 'jsonl'])
  expect(await complete('run', '--select', 'gold.')).toEqual(['gold.names', 'gold.planned'])
  expect(await complete('table', 'bronze')).toEqual(['bronze.things'])
  expect(await complete('tables', '-e', '')).toEqual(['dev'])
  expect(await complete('env', 'pro')).toEqual(['promote'])
  expect(await complete('env', 'diff', 'd')).toEqual(['dev'])
  expect(await complete('init', '--template', '')).toEqual(['empty', 'shop'])
  const code = `import { defineModel } from 'millrace'
export default defineModel({ name: 'gold.coded', reads: [], write: 'replace', columns: { id: { type: 'int64' } }, *run() {} })`
  folder.write({ 'tables/gold/planned_too.ts': code })
  await folder.prepare('plan')
  expect(await complete('run', '--select', 'gold.')).toEqual(['gold.coded', 'gold.names', 'gold.planned'])
  await folder.shell('rm tables/gold/planned_too.ts')
  expect(await complete('run', '--select', 'gold.')).toEqual(['gold.names', 'gold.planned'])
  await folder.shell('rm tables/gold/planned.sql')
  const { stdout: ofFish } = await folder.run('completion', 'fish')
  const places = ofFish
    .split('\n')
    .filter((line) => line.includes('seen_subcommand_from env') && !line.includes(' -l '))
  expect(places.map((line) => /-n '([^']*)' .* -a '([^' ]*)/.exec(line)?.slice(1))).toEqual([
    ['__fish_seen_subcommand_from env; and not __fish_seen_subcommand_from list create diff promote drop', 'list'],
    ['__fish_seen_subcommand_from env; and __fish_seen_subcommand_from list create diff promote drop', '(millrace'],
  ])
  for (const shell of ['zsh', 'fish']) {
    const { stdout } = await folder.run('completion', shell)
    for (const { name } of commands) expect(stdout).toMatch(new RegExp(`\\b${name}\\b`))
    expect(stdout).toContain('millrace completion tables')
    expect(await folder.json('completion', shell)).toBe(stdout)
  }
  expect(await folder.json('completion', 'environments')).toEqual(['dev'])
  expect(await folder.json('tables', '--help')).toMatchObject({ name: 'tables', options: { env: { short: 'e' } } })
  const tcsh = await folder.run('completion', 'tcsh')
  expect(tcsh).toMatchObject({ status: 2, stderr: expect.stringContaining('command/bad-word') as string })
  expect(tcsh.stderr).toContain('bash, zsh, fish')
})
