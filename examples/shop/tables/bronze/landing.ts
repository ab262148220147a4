import { defineSource } from 'millrace'

// Files as they came. What cannot be read goes to `<table>__rejects` with its reason; nothing is lost.

export const customers = defineSource({
  name: 'customer_files',
  connector: 'files',
  config: { path: 'landing/customers/*.csv' },
  tables: {
    'bronze.customers': {
      write: 'append',
      columns: {
        customer_id: { type: 'int64' },
        name: { type: 'string', privacy: 'personal' },
        email: { type: 'string', privacy: 'personal' },
        city: { type: 'string' },
        segment: { type: 'string' },
        updated_at: { type: 'timestamptz' },
      },
    },
  },
})

export const products = defineSource({
  name: 'product_files',
  connector: 'files',
  config: { path: 'landing/products/*.json' },
  tables: {
    'bronze.products': {
      write: 'append',
      columns: {
        product_id: { type: 'int64' },
        name: { type: 'string' },
        category: { type: 'string' },
        price: { type: 'decimal(10,2)' },
        tags: { type: { list: 'string' } },
      },
    },
  },
})

export const orders = defineSource({
  name: 'order_files',
  connector: 'files',
  // The third file has a column that the first two lack: it is taken in, and empty in the older rows.
  config: { path: 'landing/orders/*.csv', newColumns: 'add' },
  maxRejects: 1000,
  tables: {
    'bronze.orders': {
      write: 'append',
      partition: ['month(ordered_at)'],
      columns: {
        order_id: { type: 'int64' },
        customer_id: { type: 'int64' },
        status: { type: 'string' },
        ordered_at: { type: 'timestamptz' },
        updated_at: { type: 'timestamptz' },
        discount: { type: 'int32' },
      },
    },
  },
})

export const orderLines = defineSource({
  name: 'order_line_files',
  connector: 'files',
  config: { path: 'landing/order_lines/*.csv.gz', delimiter: ';' },
  tables: {
    'bronze.order_lines': {
      write: 'append',
      columns: {
        order_id: { type: 'int64' },
        line: { type: 'int32' },
        product_id: { type: 'int64' },
        quantity: { type: 'int32' },
      },
    },
  },
})

export const events = defineSource({
  name: 'event_files',
  connector: 'files',
  config: { path: 'landing/events/*.jsonl' },
  tables: {
    'bronze.events': {
      write: 'append',
      partition: ['month(seen_at)'],
      columns: {
        event_id: { type: 'string' },
        seen_at: { type: 'timestamptz' },
        page: { type: 'string' },
        customer_id: { type: 'int64' },
        ms: { type: 'int32' },
      },
    },
  },
})
