import { join } from 'node:path'
import { readWithPolars, readWithPyIceberg, runPyIceberg } from '@millrace/testkit/pyiceberg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pythonEnvironment } from '../../../tools/python-env.ts'
import { appendIn, columns, promote } from './support/environments.ts'
import { change, draftOf, headOf, instant, type Lake, made, openLake, progress, publish, spec } from './support/lake.ts'
import { writeRows } from './support/parquet.ts'

let python: string
let lake: Lake
beforeAll(async () => {
  python = pythonEnvironment()
  lake = await openLake()
})
afterAll(() => lake.catalog.close())

const request = (table: string, environment = 'prod') => ({
  python,
  catalog: join(lake.folder, 'catalog.db'),
  environment,
  table,
})

const ids = (table: string, environment = 'prod', more: object = {}): number[] =>
  readWithPyIceberg({ ...request(table, environment), ...more })
    .map((row) => Number(row['id']))
    .toSorted((one, other) => one - other)

const open = `
from pyiceberg.catalog.sql import SqlCatalog
catalog = SqlCatalog(request["environment"], uri="sqlite:///" + request["catalog"], init_catalog_tables="false")
table = catalog.load_table(request["table"])
`

test('PyIceberg reads a table whose columns were renamed, widened and added, and files that were replaced', async () => {
  const table = 'silver.evolved'
  const first = await draftOf(
    lake,
    table,
    spec({ id: { type: 'int32' }, name: { type: 'string' }, f: { type: 'float32' } }),
  )
  await publish(lake, [
    await lake.format.stage(
      first,
      change(
        await writeRows(
          first,
          { sql: "select 1 as id, 'a' as name, 1.5 as f" },
          { sql: "select 2 as id, 'b' as name, 2.5 as f" },
        ),
      ),
    ),
  ])
  const files = (await lake.format.offer(await headOf(lake, table))).groups.flatMap((group) => group.files)
  const gone = files.filter((file) => file.stats[1]?.min === 2)
  const wide = spec({
    id: { type: 'int64' },
    title: { type: 'string', was: 'name' },
    f: { type: 'float64' },
    extra: { type: 'int16' },
  })
  const second = await draftOf(lake, table, wide)
  const add = await writeRows(second, { sql: "select 9007199254740993 as id, 'c' as title, 3.5 as f, 7 as extra" })
  await publish(lake, [await lake.format.stage(second, change(add, { remove: gone, operation: 'overwrite' }))])
  const expected = [
    { id: '1', title: 'a', f: '1.5', extra: null },
    { id: '9007199254740993', title: 'c', f: '3.5', extra: '7' },
  ]
  const byId = (rows: readonly Readonly<Record<string, unknown>>[]) =>
    rows.toSorted((one, other) => Number(one['id']) - Number(other['id']))
  expect(byId(readWithPyIceberg(request(table)))).toEqual(expected)
  expect(byId(readWithPolars(python, (await headOf(lake, table)).version))).toEqual(expected)
  const [, oldest] = await lake.format.versions(await headOf(lake, table))
  expect(ids(table, 'prod', { snapshot: oldest?.id })).toEqual([1, 2])
})

test('a fork, its promotion and a squash are right in PyIceberg, with time travel and entries', async () => {
  const table = 'silver.forked'
  await appendIn(lake, 'prod', table, 1, { at: instant(10_000) })
  await lake.catalog.createEnvironment({ name: 'dev', base: { environment: 'prod', at: 'latest' } })
  await appendIn(lake, 'dev', table, 2, { at: instant(20_000) })
  await appendIn(lake, 'dev', table, 3, {
    at: instant(30_000),
    wanted: spec({ ...columns, extra: { type: 'string' } }),
  })
  expect(ids(table, 'dev')).toEqual([1, 2, 3])
  expect(ids(table)).toEqual([1])
  await promote(lake, 'dev', table, instant(90_000))
  expect(ids(table)).toEqual([1, 2, 3])
  for (const id of [4, 6, 7])
    await appendIn(lake, 'dev', table, id, { wanted: spec({ ...columns, extra: { type: 'string' } }) })
  await appendIn(lake, 'prod', table, 5, {
    at: instant(95_000),
    wanted: spec({ ...columns, extra: { type: 'string' } }),
  })
  await promote(lake, 'dev', table, instant(99_000))
  expect(ids(table)).toEqual([1, 2, 3, 4, 5, 6, 7])
  const script = `${open}
rows = [{"snapshot": e["snapshot_id"], "sequence": e["sequence_number"], "status": e["status"], "file": e["data_file"]["file_path"]} for e in table.inspect.entries().to_pylist()]
`
  const entries = runPyIceberg(python, script, request(table))
  expect(entries.map((entry) => String(entry['sequence'])).toSorted()).toEqual(['1', '2', '3', '4', '4', '5', '6'])
  const history = runPyIceberg(python, `${open}rows = table.inspect.history().to_pylist()`, request(table))
  expect(history).toHaveLength(4)
  // A squash is numbered after the files that it brings: what another program appends then comes later.
  const append = `${open}
import pyarrow as pa
table.append(pa.table({"id": pa.array([8], pa.int64()), "country": ["py"], "extra": ["py"]}))
table = catalog.load_table(request["table"])
rows = [{"sequence": s.sequence_number} for s in table.metadata.snapshots[-2:]]
`
  expect(runPyIceberg(python, append, request(table))).toEqual([{ sequence: '6' }, { sequence: '7' }])
  expect(ids(table)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect((await lake.format.load(await headOf(lake, table))).rows).toBe(8)
})

test('rows that PyIceberg appends are seen, inherit progress, and our next commit goes on from them', async () => {
  const table = 'silver.shared'
  await appendIn(lake, 'prod', table, 1)
  const ours = await headOf(lake, table)
  const script = `${open}
import pyarrow as pa
table.append(pa.table({"id": pa.array([2], pa.int64()), "country": pa.array(["py"])}))
table.append(pa.table({"id": pa.array([3], pa.int64()), "country": pa.array(["py"])}))
rows = table.scan().to_arrow().to_pylist()
`
  expect(runPyIceberg(python, script, request(table))).toHaveLength(3)
  const head = await headOf(lake, table)
  expect(head).toMatchObject({ uuid: ours.uuid, location: ours.location })
  expect(head.version).not.toBe(ours.version)
  expect(await lake.format.load(head)).toMatchObject({ rows: 3, files: 3, made: null, progress })
  const scan = await lake.format.offer(head, { id: { min: 3 } })
  expect(scan.groups.flatMap((group) => group.files).map((file) => file.stats[1])).toMatchObject([
    { min: 3n, max: 3n, nulls: 0 },
  ])
  await appendIn(lake, 'prod', table, 4)
  expect(ids(table)).toEqual([1, 2, 3, 4])
  expect(await lake.format.load(await headOf(lake, table))).toMatchObject({ rows: 4, made })
  expect((await lake.catalog.log('prod')).map((one) => one.moves[0]?.how).slice(0, 2)).toEqual(['run', 'foreign'])
})

test('a table that PyIceberg made, with its own partitions, is read and pruned', async () => {
  const script = `
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionSpec, PartitionField
from pyiceberg.transforms import IdentityTransform, TruncateTransform
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField, LongType, StringType
import pyarrow as pa
catalog = SqlCatalog(request["environment"], uri="sqlite:///" + request["catalog"], init_catalog_tables="false", warehouse="file://" + request["warehouse"])
schema = Schema(NestedField(1, "id", LongType(), required=False), NestedField(2, "a b", StringType(), required=False))
spec = PartitionSpec(PartitionField(source_id=2, field_id=1000, transform=IdentityTransform(), name="a b"))
catalog.create_namespace_if_not_exists("silver")
table = catalog.create_table("silver.theirs", schema, partition_spec=spec)
table.append(pa.table({"id": pa.array([1, 2, 3], pa.int64()), "a b": pa.array(["x", "y", None])}))
rows = [{"metadata": table.metadata_location, "uuid": str(table.metadata.table_uuid), "location": table.location()}]
`
  const [theirs] = runPyIceberg(python, script, { ...request('silver.theirs'), warehouse: lake.folder })
  const ref = {
    table: 'silver.theirs' as const,
    format: 'iceberg',
    uuid: String(theirs?.['uuid']),
    location: String(theirs?.['location']).replace('file://', ''),
    version: String(theirs?.['metadata']),
  }
  expect(await lake.format.load(ref)).toMatchObject({
    rows: 3,
    files: 3,
    made: null,
    columns: { id: { type: 'int64' }, 'a b': { type: 'string' } },
  })
  const partitions = (await lake.format.offer(ref)).groups.flatMap((group) =>
    group.files.map((file) => file.partition[0]),
  )
  expect(new Set(partitions)).toEqual(new Set([null, 'x', 'y']))
  const pruned = await lake.format.offer(ref, { 'a b': { in: ['y'] } })
  expect(pruned.groups.flatMap((group) => group.files.map((file) => file.rows))).toEqual([1])
  const draft = await lake.format.draft(
    'silver.theirs',
    ref,
    '',
    spec({ id: { type: 'int64' }, 'a b': { type: 'string' } }, { partition: ['"a b"'] }),
  )
  expect(draft.shape.specId).toBe(0)
  const staged = await lake.format.stage(
    draft,
    change(
      { files: [], rows: 0, bytes: 0 },
      { remove: pruned.groups.flatMap((group) => group.files), operation: 'delete' },
    ),
  )
  expect((await lake.format.load(staged.next)).rows).toBe(2)
  const rows = runPyIceberg(
    python,
    'from pyiceberg.table import StaticTable\nrows = StaticTable.from_metadata(request["metadata"]).scan().to_arrow().to_pylist()',
    { metadata: staged.next.version },
  )
  expect(rows.map((row) => String(row['id'])).toSorted()).toEqual(['1', '3'])
})

test('a rollback is right in PyIceberg, and the undone version can still be read', async () => {
  const table = 'silver.reverted'
  await appendIn(lake, 'prod', table, 1)
  const good = await headOf(lake, table)
  await appendIn(lake, 'prod', table, 2)
  const undone = await headOf(lake, table)
  await publish(lake, [await lake.format.revert(undone, good, instant(50_000))], { how: 'rollback' })
  expect(ids(table)).toEqual([1])
  const [, last] = await lake.format.versions(await headOf(lake, table))
  expect(ids(table, 'prod', { snapshot: last?.id })).toEqual([1, 2])
})
