// A disk that is full, read-only or broken, while a run stages and publishes or a clean-up removes: it is said with what to do,
// nothing is published, nothing is lost, and the next try succeeds.
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { describeIssue, fileSystemIssue } from '@millrace/core'
import { icebergFormat } from '@millrace/lake'
import { clean, type Workspace } from '@millrace/runtime'
import { type Fault, withFaults } from '@millrace/testkit/faults'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Lab, runIn, said, sorted } from './support/bench.ts'
import { csvSource, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

let lab: Lab
let files = 0
let wanted: string[] = []

function drop(): void {
  const id = ++files
  writeFiles(lab.root, { [`in/raw.rows/${id}.csv`]: `id,amount\n${id},${id * 10}\n` })
  wanted = [...wanted, JSON.stringify({ amount: id * 10, id })].toSorted()
}

beforeAll(async () => {
  lab = new Lab(
    makeProject({
      'tables/raw/rows.ts': csvSource('raw.rows', { id: 'int64', amount: 'int64' }),
      'tables/t/kept.sql': model('write: { merge: id }', 'select id, amount from raw.rows'),
    }),
  )
  drop()
  await lab.run()
})
afterAll(async () => {
  await lab.close()
  removeProjects()
})

/** The workspace over a disk that refuses some things; nobody waits before a task is tried again. */
async function over(fault: Parameters<typeof withFaults>[1]): Promise<Workspace> {
  const workspace = await lab.workspace()
  const { lakehouse } = workspace
  const store = withFaults(lakehouse.store, fault)
  const clock = { ...lakehouse.clock, sleep: () => Promise.resolve() }
  const format = icebergFormat({ store, newId: randomUUID, failpoint: () => {} })
  return { ...workspace, lakehouse: { ...lakehouse, store, clock, format } }
}

const rows = async (): Promise<readonly string[]> => sorted(await lab.rows('select id, amount from t.kept'))

async function head(): Promise<unknown> {
  const { lakehouse } = await lab.workspace()
  return (await lakehouse.catalog.log('dev'))[0]?.id
}

describe('a run', () => {
  const places = [
    ['of a manifest', /-m0\.avro$/],
    ['of a manifest list', /\/snap-[^/]*\.avro$/],
    ['of metadata', /\.metadata\.json$/],
  ] as const
  const faults: readonly Fault[] = [{ code: 'ENOSPC' }, { code: 'EROFS' }, { code: 'EIO' }, { code: 'EIO', done: true }]
  const cases = places.flatMap(([name, path]) =>
    faults.map((fault) => [`${fault.code}${fault.done === true ? ' after the work' : ''}`, name, path, fault] as const),
  )

  test.for(cases)('%s in the writing %s: said, nothing published, and the next run completes it', async (one) => {
    const [, , path, fault] = one
    const [before, shown] = [await head(), await rows()]
    drop()
    const ran = await runIn(await over((operation, at) => (operation === 'put' && path.test(at) ? fault : null)))
    expect(said(ran)[0]).toBe('failed')
    const [first] = ran.issues
    expect(first).toMatchObject({
      code: 'command/file-system',
      params: { message: expect.stringContaining(fault.code) },
    })
    expect(describeIssue(first as never).fix).toContain('run again')
    expect([await head(), await rows()]).toEqual([before, shown])
    expect(said(await lab.run())).toEqual(['ok'])
    expect(await rows()).toEqual(wanted)
  })

  test('a fault that passes is got over by trying again', async () => {
    let left = 2
    drop()
    const ran = await runIn(await over((operation) => (operation === 'put' && left-- > 0 ? { code: 'ENOSPC' } : null)))
    expect([said(ran), await rows()]).toEqual([['ok'], wanted])
  })

  test('a manifest that cannot be read fails the task and hides no rows', async () => {
    drop()
    // Another process, which has not read them yet.
    await lab.edit({})
    const ran = await runIn(
      await over((operation, at) => (operation === 'get' && at.endsWith('.avro') ? { code: 'EIO' } : null)),
    )
    expect([ran.status, ran.publication]).toEqual(['failed', null])
    expect(ran.issues.map((issue) => issue.code)).toContain('command/file-system')
    expect(said(await lab.run())).toEqual(['ok'])
    expect(await rows()).toEqual(wanted)
  })
})

describe('clean-up', () => {
  const options = { keepMs: 0, graceMs: 0, dryRun: false }

  test.for([
    ['EROFS', 'remove'],
    ['EIO', 'remove'],
    ['ENOSPC', 'put'],
    ['EIO', 'list'],
    ['EIO', 'get'],
  ] as const)(
    '%s in %s: said, every row is still there, and the next clean-up completes it',
    async ([code, broken]) => {
      drop()
      expect(said(await lab.run())).toEqual(['ok'])
      await lab.edit({})
      const { lakehouse, graph } = await over((operation) => (operation === broken ? { code } : null))
      const error = await clean(lakehouse, { graph, ...options }).then(
        () => null,
        (one: unknown) => one,
      )
      expect(fileSystemIssue(error)?.params).toMatchObject({ message: expect.stringContaining(code) })
      expect(await rows()).toEqual(wanted)
      const whole = (await lab.workspace()).lakehouse
      expect((await clean(whole, { graph, ...options })).files).toBeGreaterThan(0)
      expect(await rows()).toEqual(wanted)
      expect((await clean(whole, { graph, ...options })).files).toBe(0)
      const shown = await (await lab.asker()).files('t.kept')
      expect(shown.filter((path) => !existsSync(path))).toEqual([])
    },
  )
})
