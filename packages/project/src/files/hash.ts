import { hash } from 'node:crypto'

export const hashText = (text: string): string => hash('sha256', text, 'base64url').slice(0, 32)

/** Stands for what a variable of the environment holds, which may be a secret; one that is not set is not an empty one. */
export function hashOfVariable(name: string): string {
  const value = process.env[name]
  return value === undefined ? 'unset' : hashText(value)
}
