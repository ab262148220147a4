// Makes the shop's raw files: `node generate.ts [--rows 20000] [--to landing]`. The same numbers give the same files.
// They are as untidy as real ones: late rows, duplicates, broken records, and a new column in the third file of orders.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'

const day = 86_400_000
const start = Date.UTC(2026, 0, 1)

/** A small generator of even numbers between 0 and 1 (mulberry32): the same seed, the same shop. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const cities = ['Berlin', 'Hamburg', 'München', 'Köln', 'Wien', 'Zürich', 'Paris', 'Kraków']
const segments = ['new', 'regular', 'gold']
const categories = ['coffee', 'tea', 'cups', 'filters', 'machines']
const pages = ['/', '/coffee', '/tea', '/cart', '/checkout', '/account']

const iso = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z')

interface Shop {
  readonly orders: number
  readonly customers: number
  readonly products: number
  readonly roll: () => number
  readonly to: string
}

function write(shop: Shop, path: string, body: string | Buffer): void {
  const file = join(shop.to, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, body)
}

const pick = (shop: Shop, from: readonly string[]): string => from[Math.floor(shop.roll() * from.length)] ?? ''

/** Two files: everyone, then those who moved or bought more. One of the changes is older than the first file's. */
function customers(shop: Shop): void {
  const head = 'customer_id,name,email,city,segment,updated_at'
  const line = (id: number, at: number): string =>
    `${id},Customer ${id},customer${id}@example.org,${pick(shop, cities)},${pick(shop, segments)},${iso(at)}`
  const all = Array.from({ length: shop.customers }, (_, i) => line(i + 1, start + Math.floor(shop.roll() * 20) * day))
  const changed = Array.from({ length: Math.ceil(shop.customers / 10) }, (_, i) =>
    line(i * 10 + 1, start + (30 + Math.floor(shop.roll() * 40)) * day),
  )
  const late = line(1, start - 10 * day)
  write(shop, 'customers/2026-01.csv', `${[head, ...all].join('\n')}\n`)
  write(shop, 'customers/2026-02.csv', `${[head, ...changed, late].join('\n')}\n`)
}

function products(shop: Shop): void {
  const rows = Array.from({ length: shop.products }, (_, i) => ({
    product_id: i + 1,
    name: `${pick(shop, categories)} no. ${i + 1}`,
    category: categories[i % categories.length],
    price: (Math.floor(shop.roll() * 9000) / 100 + 2).toFixed(2),
    tags: [pick(shop, ['fair', 'organic', 'sale']), pick(shop, ['small', 'large'])],
  }))
  write(shop, 'products/products.json', `${JSON.stringify(rows, null, 1)}\n`)
}

/** Three files of a month each. The third knows a discount; the second repeats rows of the first and brings late ones. */
function orders(shop: Shop): void {
  const months: string[][] = [[], [], []]
  const lines: string[][] = [[], [], []]
  for (let id = 1; id <= shop.orders; id++) {
    const at = start + Math.floor((id / shop.orders) * 89 * day + shop.roll() * day)
    const month = Math.min(2, Math.floor((at - start) / (30 * day)))
    const file = month === 0 && shop.roll() < 0.01 ? 1 : month
    const customer = 1 + Math.floor(shop.roll() ** 2 * shop.customers)
    const status = pick(shop, ['paid', 'paid', 'paid', 'sent', 'cancelled'])
    const row = [id, customer, status, iso(at), iso(at + Math.floor(shop.roll() * 3) * day)]
    months[file]?.push([...row, ...(file === 2 ? [(Math.floor(shop.roll() * 4) * 5).toString()] : [])].join(','))
    if (shop.roll() < 0.005) months[1]?.push(row.join(','))
    for (let number = 1; number <= 1 + Math.floor(shop.roll() * 3); number++) {
      lines[file]?.push(
        [id, number, 1 + Math.floor(shop.roll() * shop.products), 1 + Math.floor(shop.roll() * 4)].join(';'),
      )
    }
  }
  breakSome(shop, months)
  const head = 'order_id,customer_id,status,ordered_at,updated_at'
  months.forEach((rows, i) =>
    write(shop, `orders/2026-0${i + 1}.csv`, `${[i === 2 ? `${head},discount` : head, ...rows].join('\n')}\n`),
  )
  lines.forEach((rows, i) =>
    write(
      shop,
      `order_lines/2026-0${i + 1}.csv.gz`,
      gzipSync(`${['order_id;line;product_id;quantity', ...rows].join('\n')}\n`),
    ),
  )
}

/** Records that no parser can save: a day that is none, a missing field, a word where a number belongs. */
function breakSome(_shop: Shop, months: readonly string[][]): void {
  months[0]?.splice(10, 0, 'four,12,paid,2026-01-03T10:00:00Z,2026-01-03T10:00:00Z')
  months[0]?.splice(40, 0, '999001,12,paid')
  months[1]?.splice(5, 0, '999002,13,paid,2026-02-31T10:00:00Z,2026-02-20T10:00:00Z')
}

/** One JSON object a line; some lines were cut when the disk was full. */
function events(shop: Shop): void {
  for (let file = 0; file < 3; file++) {
    const rows = Array.from({ length: Math.ceil((shop.orders * 2) / 3) }, (_, i) => {
      const at = start + file * 30 * day + Math.floor(shop.roll() * 29 * day)
      const event = {
        event_id: `${file}-${i}`,
        seen_at: iso(at),
        page: pick(shop, pages),
        customer_id: shop.roll() < 0.3 ? null : 1 + Math.floor(shop.roll() * shop.customers),
        ms: Math.floor(shop.roll() * 900) - (shop.roll() < 0.002 ? 1000 : 0),
      }
      return JSON.stringify(event)
    })
    rows.splice(20, 0, '{"event_id": "cut", "seen_at": "2026-01-')
    write(shop, `events/2026-0${file + 1}.jsonl`, `${rows.join('\n')}\n`)
  }
}

/** Writes the whole shop below a folder that it first empties. */
export function generateShop(options: { readonly rows: number; readonly to: string }): void {
  const shop: Shop = {
    orders: options.rows,
    customers: Math.max(20, Math.floor(options.rows / 20)),
    products: Math.max(10, Math.min(500, Math.floor(options.rows / 100))),
    roll: dice(20_260_101),
    to: options.to,
  }
  rmSync(options.to, { recursive: true, force: true })
  customers(shop)
  products(shop)
  orders(shop)
  events(shop)
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { rows: { type: 'string', default: '20000' }, to: { type: 'string', default: 'landing' } },
  })
  generateShop({ rows: Number(values.rows), to: values.to })
  console.log(`wrote the shop's raw files to ${values.to}`)
}
