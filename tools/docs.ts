// Writes the generated pages of docs/reference: `node tools/docs.ts`. The tidy test holds them against the sources.
import { writeFileSync } from 'node:fs'
import { commandsPage } from './docs-commands.ts'
import { errorsPage } from './docs-errors.ts'
import { filesPage } from './docs-files.ts'
import { settingsPage } from './docs-settings.ts'

/** Each page by its path, as the sources say it now. */
export const pages: Readonly<Record<string, () => string>> = {
  'docs/reference/commands.md': commandsPage,
  'docs/reference/settings.md': settingsPage,
  'docs/reference/sources-files.md': filesPage,
  'docs/reference/errors.md': errorsPage,
}

if (import.meta.main) for (const [path, page] of Object.entries(pages)) writeFileSync(path, page())
