import type { Json } from '@millrace/core'
import type { Schema } from './schema.ts'

type JsonSchema = { readonly [key: string]: Json }

/** The same schema for editors. */
export function jsonSchemaOf(schema: Schema): JsonSchema {
  const bare = bareSchema(schema)
  const description = schema.note ?? schema.expected
  return { ...bare, description }
}

function bareSchema(schema: Schema): JsonSchema {
  switch (schema.kind) {
    case 'text':
      return { type: 'string', ...(schema.pattern === undefined ? {} : { pattern: schema.pattern.source }) }
    case 'type':
      return { type: 'string' }
    case 'number':
      return {
        type: schema.whole === true ? 'integer' : 'number',
        ...(schema.least === undefined ? {} : { minimum: schema.least }),
      }
    case 'boolean':
      return { type: 'boolean' }
    case 'scalar':
      return { type: ['string', 'number', 'boolean'] }
    case 'any':
    case 'function':
      return {}
    case 'choice':
      return { enum: schema.of.map((one) => (typeof one === 'bigint' ? String(one) : one)) }
    case 'list':
      return listSchema(schema)
    case 'map':
      return { type: 'object', additionalProperties: jsonSchemaOf(schema.of) }
    case 'object':
      return objectSchema(schema)
    case 'either':
      return { anyOf: schema.of.map(jsonSchemaOf) }
  }
}

function listSchema(schema: Extract<Schema, { readonly kind: 'list' }>): JsonSchema {
  const many = { type: 'array', items: jsonSchemaOf(schema.of) }
  return schema.orOne ? { anyOf: [jsonSchemaOf(schema.of), many] } : many
}

function objectSchema(schema: Extract<Schema, { readonly kind: 'object' }>): JsonSchema {
  const properties = Object.fromEntries(Object.entries(schema.keys).map(([key, one]) => [key, jsonSchemaOf(one)]))
  const required = schema.needs.length === 0 ? {} : { required: [...schema.needs] }
  return { type: 'object', properties, additionalProperties: false, ...required }
}
