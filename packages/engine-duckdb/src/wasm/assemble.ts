/**
 * Assembles a small part of the WebAssembly text format, so that the one module that we have stands in the source as text and
 * no tool and no binary is needed. What it reads is the standard's folded form; an instruction that is missing here is one
 * line in `opcodes`. Anything unknown throws at once, and the bytes are validated by the runtime in any case.
 */
type Node = string | readonly Node[]

const simd = (code: number): readonly number[] => [0xfd, ...unsigned(code)]

const opcodes: Readonly<Record<string, readonly number[]>> = {
  return: [0x0f],
  select: [0x1b],
  'i32.eqz': [0x45],
  'i32.eq': [0x46],
  'i32.ne': [0x47],
  'i32.lt_s': [0x48],
  'i32.lt_u': [0x49],
  'i32.gt_s': [0x4a],
  'i32.le_s': [0x4c],
  'i32.le_u': [0x4d],
  'i32.ge_s': [0x4e],
  'i64.eqz': [0x50],
  'i32.ctz': [0x68],
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'i32.mul': [0x6c],
  'i32.and': [0x71],
  'i32.or': [0x72],
  'i32.xor': [0x73],
  'i32.shl': [0x74],
  'i32.shr_u': [0x76],
  'i64.clz': [0x79],
  'i64.ctz': [0x7a],
  'i64.sub': [0x7d],
  'i64.and': [0x83],
  'i64.or': [0x84],
  'i64.shl': [0x86],
  'i64.shr_u': [0x88],
  'i32.wrap_i64': [0xa7],
  'i64.extend_i32_u': [0xad],
  'i8x16.splat': simd(0x0f),
  'i8x16.eq': simd(0x23),
  'i8x16.lt_u': simd(0x26),
  'v128.or': simd(0x50),
  'i8x16.bitmask': simd(0x64),
  'i8x16.sub': simd(0x71),
}

/** Their alignment is a promise that nobody has to keep: 0 is always right. */
const loads: Readonly<Record<string, readonly number[]>> = {
  'i32.load': [0x28],
  'i32.load8_u': [0x2d],
  'i32.store': [0x36],
  'v128.load': simd(0x00),
}

const valueTypes: Readonly<Record<string, number>> = { i32: 0x7f, i64: 0x7e, v128: 0x7b }

function unsigned(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

function signed(value: bigint): readonly number[] {
  const low = Number(value & 127n)
  const rest = value >> 7n
  const done = (rest === 0n && low < 64) || (rest === -1n && low >= 64)
  return done ? [low] : [low | 128, ...signed(rest)]
}

const named = (text: string): readonly number[] => [text.length, ...Buffer.from(text)]
const listed = (items: readonly (readonly number[])[]): readonly number[] => [
  ...unsigned(items.length),
  ...items.flat(),
]
const sized = (bytes: readonly number[]): readonly number[] => [...unsigned(bytes.length), ...bytes]
const section = (id: number, items: readonly (readonly number[])[]): readonly number[] => [id, ...sized(listed(items))]

function parse(text: string): Node {
  const stack: Node[][] = [[]]
  for (const [token] of text.replaceAll(/;;.*$/gm, '').matchAll(/[()]|"[^"]*"|[^\s()"]+/g)) {
    if (token === '(') stack.push([])
    else if (token === ')') stack.at(-2)?.push(stack.pop() ?? [])
    else stack.at(-1)?.push(token)
  }
  return stack[0]?.[0] ?? []
}

const isList = (node: Node | undefined): node is readonly Node[] => Array.isArray(node)
const headOf = (node: Node): string => (isList(node) && typeof node[0] === 'string' ? node[0] : '')
const textAt = (node: Node, at: number): string => {
  const found = isList(node) ? node[at] : undefined
  return typeof found === 'string' ? found : ''
}
const partsOf = (node: Node, head: string): readonly Node[] =>
  isList(node) ? node.filter((part) => headOf(part) === head) : []
const exportOf = (node: Node): string | null => {
  const [found] = partsOf(node, 'export')
  return found === undefined ? null : textAt(found, 1).replaceAll('"', '')
}
const typeByte = (name: string): number => valueTypes[name] ?? unknown(name)

function unknown(what: string): never {
  throw new Error(`the assembler does not know ${what}`)
}

/** Names of one function, and the labels that are open around an instruction, the innermost last. */
interface Scope {
  readonly functions: readonly string[]
  readonly globals: readonly string[]
  readonly locals: readonly string[]
  readonly labels: readonly string[]
}

const placeOf = (names: readonly string[], name: string): readonly number[] =>
  names.includes(name) ? unsigned(names.indexOf(name)) : unknown(name)

type Emit = (node: readonly Node[], scope: Scope) => readonly number[]

const all = (nodes: readonly Node[], scope: Scope): readonly number[] => nodes.flatMap((node) => emit(node, scope))
const inner = (scope: Scope, label: string): Scope => ({ ...scope, labels: [...scope.labels, label] })

function enclosed(code: number): Emit {
  return (node, scope) => [code, 0x40, ...all(node.slice(2), inner(scope, textAt(node, 1))), 0x0b]
}

function naming(code: number, names: (scope: Scope) => readonly string[]): Emit {
  return (node, scope) => [...all(node.slice(2), scope), code, ...placeOf(names(scope), textAt(node, 1))]
}

/** Labels count outwards from the innermost. */
const branch =
  (code: number): Emit =>
  (node, scope) => [...all(node.slice(2), scope), code, ...placeOf(scope.labels.toReversed(), textAt(node, 1))]

const special: Readonly<Record<string, Emit>> = {
  block: enclosed(0x02),
  loop: enclosed(0x03),
  br: branch(0x0c),
  br_if: branch(0x0d),
  call: naming(0x10, (scope) => scope.functions),
  'local.get': naming(0x20, (scope) => scope.locals),
  'local.set': naming(0x21, (scope) => scope.locals),
  'local.tee': naming(0x22, (scope) => scope.locals),
  'global.get': naming(0x23, (scope) => scope.globals),
  'global.set': naming(0x24, (scope) => scope.globals),
  'i32.const': (node) => [0x41, ...signed(BigInt(textAt(node, 1)))],
  'i64.const': (node) => [0x42, ...signed(BigInt(textAt(node, 1)))],
  if: (node, scope) => {
    const [test = [], then = [], otherwise] = node.slice(1)
    const within = inner(scope, '')
    const tail = isList(otherwise) ? [0x05, ...all(otherwise.slice(1), within)] : []
    return [...emit(test, scope), 0x04, 0x40, ...(isList(then) ? all(then.slice(1), within) : []), ...tail, 0x0b]
  },
}

function emit(node: Node, scope: Scope): readonly number[] {
  const head = headOf(node)
  if (!isList(node)) return unknown(node)
  const own = special[head]
  if (own !== undefined) return own(node, scope)
  const load = loads[head]
  if (load !== undefined) {
    const offset = /^offset=(\d+)$/.exec(textAt(node, 1))?.[1]
    return [...all(node.slice(offset === undefined ? 1 : 2), scope), ...load, 0, ...unsigned(Number(offset ?? 0))]
  }
  return [...all(node.slice(1), scope), ...(opcodes[head] ?? unknown(head))]
}

const notCode = new Set(['', 'export', 'param', 'result', 'local'])

function bodyOf(node: Node, functions: readonly string[], globals: readonly string[]): readonly number[] {
  const locals = partsOf(node, 'local')
  const names = [...partsOf(node, 'param'), ...locals].map((one) => textAt(one, 1))
  const scope: Scope = { functions, globals, locals: names, labels: [] }
  const code = (isList(node) ? node : []).slice(1).filter((part) => !notCode.has(headOf(part)))
  return sized([...listed(locals.map((one) => [1, typeByte(textAt(one, 2))])), ...all(code, scope), 0x0b])
}

const signatureOf = (node: Node): readonly number[] => [
  0x60,
  ...listed(partsOf(node, 'param').map((one) => [typeByte(textAt(one, 2))])),
  ...listed(partsOf(node, 'result').map((one) => [typeByte(textAt(one, 1))])),
]

const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** The bytes of a module of one memory, globals of i32 that begin at 0, and functions. */
export function assemble(text: string): Uint8Array<ArrayBuffer> {
  const module = parse(text)
  const [memory = []] = partsOf(module, 'memory')
  const [functions, globals] = [partsOf(module, 'func'), partsOf(module, 'global')]
  const [functionNames, globalNames] = [functions.map((one) => textAt(one, 1)), globals.map((one) => textAt(one, 1))]
  const exportsOf = (nodes: readonly Node[], kind: number): readonly (readonly number[])[] =>
    nodes.flatMap((one, i) => {
      const name = exportOf(one)
      return name === null ? [] : [[...named(name), kind, ...unsigned(i)]]
    })
  return Uint8Array.from([
    ...magic,
    ...section(1, functions.map(signatureOf)),
    ...section(
      3,
      functions.map((_, i) => unsigned(i)),
    ),
    ...section(5, [[0x00, ...unsigned(Number(textAt(memory, 2)))]]),
    ...section(
      6,
      globals.map(() => [0x7f, 0x01, 0x41, 0x00, 0x0b]),
    ),
    ...section(7, [...exportsOf([memory], 2), ...exportsOf(functions, 0), ...exportsOf(globals, 3)]),
    ...section(
      10,
      functions.map((one) => bodyOf(one, functionNames, globalNames)),
    ),
  ])
}
