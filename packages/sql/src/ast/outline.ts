import type { Finding } from '../finding.ts'
import { keywordOffset, parameterOffset } from '../text/lexer.ts'
import { utf16Offset } from '../text/positions.ts'
import { ambient } from './ambient.ts'
import type { Around, Breach, Guard } from './guard.ts'
import { type AstNode, forEachChild, nodesOf, textOf } from './node.ts'
import { unnamedOutputs } from './outputs.ts'
import { referencesOf } from './references.ts'
import { rowOrder } from './row-order.ts'
import { tableFunctions } from './table-functions.ts'

/** A table that the text names. */
export interface Reference {
  readonly catalog: string
  readonly schema: string
  readonly table: string
  readonly at: number | null
}

/** What a text says by itself, before anything is known of the tables it names. */
export interface Outline {
  readonly references: readonly Reference[]
  readonly params: readonly string[]
  readonly findings: readonly Finding[]
}

const guards: readonly Guard[] = [ambient, rowOrder, tableFunctions]

/** Reads a parsed statement: references, parameters, and every breach of what models may say. */
export function outlineOf(statements: readonly AstNode[], text: string): Outline {
  const finish = (breach: Breach): Finding => toFinding(breach, text)
  const findings = statements.length === 1 ? breachesOf(statements).map(finish) : [wrongCount(statements.length)]
  const bare = findings.some((one) => one.unlessColumn !== undefined)
  const aliases = bare ? aliasesOf(statements) : new Set<string>()
  return {
    references: referencesOf(statements).map((one) => ({
      ...one,
      at: one.at === null ? null : utf16Offset(text, one.at),
    })),
    params: paramsOf(statements),
    findings: [
      ...findings.filter((one) => one.unlessColumn === undefined || !aliases.has(one.unlessColumn)),
      ...positional(statements, text),
    ],
  }
}

function wrongCount(count: number): Finding {
  return count === 0
    ? { code: 'sql/empty', params: {}, at: 0 }
    : { code: 'sql/several-statements', params: { count }, at: null }
}

function breachesOf(statements: readonly AstNode[]): readonly Breach[] {
  const found: Breach[] = []
  for (const statement of statements) {
    visit(statement, { inside: '', onlyExistence: false }, found)
    found.push(...unnamedOutputs(statement))
  }
  return found
}

function visit(node: AstNode, around: Around, found: Breach[]): void {
  for (const guard of guards) {
    const breach = guard(node, around)
    if (breach !== null) found.push(breach)
  }
  const inside = node['class'] === 'FUNCTION' ? textOf(node, 'function_name').toLowerCase() : ''
  const existence = node['type'] === 'SUBQUERY' && textOf(node, 'subquery_type').includes('EXISTS')
  const below: Around = { inside, onlyExistence: existence || (around.onlyExistence && node['type'] === undefined) }
  forEachChild(node, (child) => visit(child, below, found))
}

function toFinding({ keyword, at, ...breach }: Breach, text: string): Finding {
  if (at !== null) return { ...breach, at: utf16Offset(text, at) }
  return { ...breach, at: keyword === undefined ? 0 : keywordOffset(text, keyword) }
}

function aliasesOf(statements: readonly AstNode[]): ReadonlySet<string> {
  const names = new Set<string>()
  const collect = (node: AstNode): void => {
    const alias = textOf(node, 'alias')
    if (alias !== '') names.add(alias.toLowerCase())
    forEachChild(node, collect)
  }
  for (const statement of statements) collect(statement)
  return names
}

function paramsOf(statements: readonly AstNode[]): readonly string[] {
  return statements.flatMap((one) => nodesOf(one, 'named_param_map').map((entry) => textOf(entry, 'key')))
}

/** `?` and `$1` cannot be given by name. */
function positional(statements: readonly AstNode[], text: string): readonly Finding[] {
  return paramsOf(statements)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const at = parameterOffset(text, name)
      return {
        code: 'sql/positional-parameter',
        params: { name: at === null ? '?' : `$${name}` },
        at: at ?? text.indexOf('?'),
      }
    })
}
