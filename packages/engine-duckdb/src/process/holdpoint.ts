import { existsSync, writeFileSync } from 'node:fs'

/** Named places at which tests hold a worker, to change the world around it meanwhile. */
export const holdpoints = ['land.started', 'land.read'] as const
export type Holdpoint = (typeof holdpoints)[number]

const lookEveryMs = 20

/** `MILLRACE_HOLD=land.read:/some/file` makes that file when the place is reached, and waits until it is gone; once. */
export async function holdpoint(name: Holdpoint): Promise<void> {
  const wanted = process.env['MILLRACE_HOLD']
  if (held || wanted?.startsWith(`${name}:`) !== true) return
  held = true
  const path = wanted.slice(name.length + 1)
  writeFileSync(path, '')
  while (existsSync(path)) await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
}

let held = false
