import type { Columns } from '@millrace/core'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { headerSchema, seedSchema } from '../header/settings.ts'
import { jsonSchemaOf } from '../schema/json-schema.ts'
import { generateTypes } from './generated.ts'

/** Files that are made from a project and committed with it, and whether they say what they should. */
export interface GeneratedFile {
  readonly path: string
  readonly content: string
  readonly current: boolean
}

/** What `millrace types` writes: column types for TypeScript, and the settings of headers and seeds for editors. */
export function generatedFiles(
  root: string,
  columnsByTable: Readonly<Record<string, Columns>>,
): readonly GeneratedFile[] {
  const contents = {
    'millrace.gen.d.ts': generateTypes(columnsByTable),
    'millrace.schema.json': schemaText(),
  }
  return Object.entries(contents).map(([path, content]) => ({
    path,
    content,
    current: contentOf(join(root, path)) === content,
  }))
}

/** Writes those that are not current and says which. */
export function writeGeneratedFiles(
  root: string,
  columnsByTable: Readonly<Record<string, Columns>>,
): readonly string[] {
  const stale = generatedFiles(root, columnsByTable).filter((file) => !file.current)
  for (const file of stale) writeFileSync(join(root, file.path), file.content)
  return stale.map((file) => file.path)
}

function schemaText(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Settings of a Millrace table',
    $defs: { header: jsonSchemaOf(headerSchema), seed: jsonSchemaOf(seedSchema) },
    $ref: '#/$defs/header',
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
