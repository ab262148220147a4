import { readdirSync } from 'node:fs'
import { describeIssue, MillraceError } from '@millrace/core'
import { localStore } from '@millrace/lake'
import { objectStoreSuite } from '@millrace/testkit/object-store'
import { expect, test } from 'vitest'
import { temporaryFolder } from './support/lake.ts'

objectStoreSuite('local disk', async () => ({ store: localStore(), prefix: temporaryFolder() }))

test.each(['EPERM', 'ENOTSUP', 'ENOSYS'])(
  'P20: a disk whose link() says %s is refused, and left as it was',
  async (code) => {
    const folder = temporaryFolder()
    const refused = Object.assign(new Error(`${code}: operation not permitted, link`), { code })
    const store = localStore(() => Promise.reject(refused))
    for (const write of ['put', 'create'] as const) {
      const error = await store[write](`${folder}/v1.metadata.json`, new Uint8Array([1])).catch((one: unknown) => one)
      if (!(error instanceof MillraceError)) throw new Error('a coded error was expected')
      const [issue] = error.issues
      expect(issue).toMatchObject({ code: 'lake/no-links', params: { folder } })
      expect(issue === undefined ? '' : describeIssue(issue).fix).toContain('Move the project to a disk')
    }
    expect(readdirSync(folder)).toEqual([])
  },
)
