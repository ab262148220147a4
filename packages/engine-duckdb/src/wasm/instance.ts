import { assemble } from './assemble.ts'

/** What is used of the runtime's own interface; its types come with the browser's library alone. */
interface Api {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

const api = Reflect.get(globalThis, 'WebAssembly') as Api
const compiled = new Map<string, object>()

/** A global of a module, as the runtime shows it. */
export interface Cell {
  value: number
}

/** The exports of a new instance of a module; its text is assembled and compiled once. */
export function instanceOf(text: string): unknown {
  const known = compiled.get(text)
  const module = known ?? new api.Module(assemble(text))
  if (known === undefined) compiled.set(text, module)
  return new api.Instance(module).exports
}
