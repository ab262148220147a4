import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** All temporary files of a test run lie in one folder, which goes with it; compiled code is kept for the next run. */
export default function setup(): (() => void) | undefined {
  // Each project of the configuration calls this; one folder is enough.
  if (process.env['MILLRACE_TEST_FOLDER'] !== undefined) return undefined
  process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'millrace-test-compile-cache')
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tests-'))
  process.env['MILLRACE_TEST_FOLDER'] = folder
  process.env['TMPDIR'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
