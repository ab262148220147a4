// The Python of the guide reads a table that this repository has written.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, Folder, start } from '../packages/cli/test/command.ts'
import { pythonEnvironment } from '../tools/python-env.ts'

const page = readFileSync(join(dirname(import.meta.dirname), 'docs/guide/other-tools.md'), 'utf8')
const blocks = [...page.matchAll(/^```(py|sh)\n([^]*?)^```/gm)].map(([, language, body]) => ({
  language,
  body: body ?? '',
}))
const python = blocks.filter((one) => one.language === 'py').map((one) => one.body)
const folder = new Folder()

beforeAll(async () => {
  folder.write({
    'millrace.config.ts': config,
    'seeds/bronze/orders.csv': 'order_id\n1\n2\n3\n',
    'seeds/bronze/orders.yaml': 'columns: { order_id: int64 }\n',
    'tables/silver/orders.sql': '/* millrace\nwrite: replace\n*/\nselect order_id from bronze.orders',
  })
  await folder.prepare('run')
  await folder.shell(blocks.findLast((one) => one.language === 'sh')?.body ?? '')
})

afterAll(() => folder.remove())

test.for(['pyiceberg', 'polars'])('%s reads the table as the guide says', async (name) => {
  const body = python.find((one) => one.includes(name) && (name !== 'polars' || !one.includes('pyiceberg'))) ?? ''
  const { status, stdout, stderr } = await start(pythonEnvironment(), ['-c', body], folder.path)
  expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: '3\n' })
})
