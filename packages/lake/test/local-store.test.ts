import { localStore } from '@millrace/lake'
import { objectStoreSuite } from '@millrace/testkit/object-store'
import { temporaryFolder } from './support/lake.ts'

objectStoreSuite('local disk', async () => ({ store: localStore(), prefix: temporaryFolder() }))
