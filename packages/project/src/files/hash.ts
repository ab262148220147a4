import { hash } from 'node:crypto'

export const hashText = (text: string): string => hash('sha256', text, 'base64url').slice(0, 32)
