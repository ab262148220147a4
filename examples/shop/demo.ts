// `npm run demo`: a small shop from raw files to figures, told step by step. It works in a copy of this folder, demo/shop,
// which it makes anew each time, so that you can try things there afterwards.
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, styleText } from 'node:util'
import { generateShop } from './generate.ts'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '20000' } } })
const here = fileURLToPath(new URL('.', import.meta.url))
const repository = join(here, '../..')
const shop = join(repository, 'demo/shop')
const command = join(repository, 'packages/cli/src/main.ts')
const started = performance.now()

const say = (text: string): void => void process.stderr.write(`${text}\n`)
const title = (text: string): void => say(`\n${styleText('bold', `━━ ${text}`, { stream: process.stderr })}`)

/** Runs the command as a user would, and stops the demo where it does not end as the story says. */
function millrace(args: readonly string[], expected = 0): void {
  say(
    styleText('dim', `$ millrace ${args.map((one) => (/[\s"]/.test(one) ? `'${one}'` : one)).join(' ')}`, {
      stream: process.stderr,
    }),
  )
  const { status } = spawnSync(process.execPath, [command, ...args, '--project', shop], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status === expected) return
  say(`This should have ended with ${expected}, but ended with ${status}.`)
  process.exit(1)
}

rmSync(shop, { recursive: true, force: true })
cpSync(here, shop, { recursive: true, filter: (path) => !['demo.ts', 'landing', '.millrace'].includes(basename(path)) })

title(`1. Raw files, as untidy as real ones (${values.rows} orders)`)
generateShop({ rows: Number(values.rows), to: join(shop, 'landing') })
say(
  'customers and orders as CSV, order lines gzipped, products as JSON, events as JSON lines: wrote them to demo/shop/landing',
)

title('2. One command: load, compute, check, publish')
millrace(['run'])

title('3. The figures')
millrace(['query', 'from gold.revenue_by_month order by revenue desc limit 5'])

title('4. What could not be read, and what broke a check that keeps rows apart, is there with its reason')
millrace([
  'query',
  `(select reason, raw, 'order file, line ' || line as found from bronze.orders__rejects order by line)
  union all (select reason, raw, 'quarantined' from silver.events__rejects limit 2)`,
])

title('5. A file arrives with an order of a customer whom nobody knows: the check holds it back')
appendFileSync(
  join(shop, 'landing/orders/2026-04.csv'),
  'order_id,customer_id,status,ordered_at,updated_at,discount\n999100,424242,paid,2026-03-30T10:00:00Z,2026-03-30T10:00:00Z,0\n',
)
millrace(['run'], 1)
say(
  'The run ended with 1, silver.orders and what depends on it stayed as they were. The customer arrives, and all is well:',
)
appendFileSync(
  join(shop, 'landing/customers/2026-04.csv'),
  'customer_id,name,email,city,segment,updated_at\n424242,Customer 424242,late@example.org,Wien,new,2026-03-29T00:00:00Z\n',
)
millrace(['run'])

title('6. A definition changes: the plan says what that means before anything is done')
const model = join(shop, 'tables/gold/revenue_by_month.sql')
writeFileSync(
  model,
  readFileSync(model, 'utf8').replace(
    'count(distinct order_id) as orders',
    'count(distinct order_id) as orders, count(distinct customer_id) as customers',
  ),
)
millrace(['plan'])

title('What was made')
millrace(['tables'])
say(`
Done in ${((performance.now() - started) / 1000).toFixed(1)} s. The tables are Iceberg: PyIceberg, Polars and Spark read them too. Try:

  npm run -s millrace -- run --project demo/shop
  npm run -s millrace -- query "from gold.rfm order by money desc limit 10" --project demo/shop
  npm run -s millrace -- lineage gold.revenue_by_month.revenue --project demo/shop
`)
