import { spawnSync } from 'node:child_process'
import { parseRows, type Row } from './rows.ts'

export { spelled } from './rows.ts'

/** Where a table is found by an independent reader. */
export interface ForeignTable {
  readonly python: string
  /** The catalog's SQLite file. */
  readonly catalog: string
  readonly environment: string
  /** `layer.name`. */
  readonly table: string
  /** An older snapshot. */
  readonly snapshot?: string
  /** A filter in PyIceberg's own language, so that its pruning is tested on our statistics. */
  readonly filter?: string
}

const readTable = `
import json, sys
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import AlwaysTrue
request = json.loads(sys.argv[1])
catalog = SqlCatalog(request["environment"], uri="sqlite:///" + request["catalog"], init_catalog_tables="false")
table = catalog.load_table(request["table"])
snapshot = int(request["snapshot"]) if request.get("snapshot") else None
rows = table.scan(row_filter=request.get("filter") or AlwaysTrue(), snapshot_id=snapshot).to_arrow().to_pylist()
`

const readPolars = `
import json, sys, polars
request = json.loads(sys.argv[1])
rows = polars.scan_iceberg(request["metadata"], reader_override="native").collect().to_dicts()
`

/** One spelling of every value: text for what JSON rounds or lacks, so that values and not counts are compared. */
const printRows = `
import datetime, decimal, uuid, math
def plain(v):
    if v is None or isinstance(v, (bool, str)): return v
    if isinstance(v, int): return str(v)
    if isinstance(v, float): return "nan" if math.isnan(v) else repr(v)
    if isinstance(v, decimal.Decimal): return format(v, "f")
    if isinstance(v, datetime.datetime): return v.astimezone(datetime.timezone.utc).isoformat() if v.tzinfo else v.isoformat()
    if isinstance(v, (datetime.date, datetime.time)): return v.isoformat()
    if isinstance(v, uuid.UUID): return str(v)
    if isinstance(v, (bytes, bytearray)): return v.hex()
    if isinstance(v, dict): return {k: plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)): return [plain(x) for x in v]
    raise TypeError(type(v))
print(json.dumps([plain(r) for r in rows]))
`

/** The rows of a table as PyIceberg reads them through its own SQL catalog. */
export function readWithPyIceberg(table: ForeignTable): readonly Row[] {
  return rowsOf(table.python, readTable + printRows, table)
}

/** The rows of a table as Polars' own Iceberg reader sees them, by the location of its metadata file. */
export function readWithPolars(python: string, metadata: string): readonly Row[] {
  return rowsOf(python, readPolars + printRows, { metadata })
}

/** Runs a script of PyIceberg's with a request as its first argument; what it leaves in `rows` is the answer. */
export function runPyIceberg(python: string, script: string, request: object): readonly Row[] {
  return rowsOf(python, `import json, sys\nrequest = json.loads(sys.argv[1])\n${script}${printRows}`, request)
}

const readEach = `
from pyiceberg.catalog.sql import SqlCatalog
import polars
catalog = SqlCatalog(request["environment"], uri="sqlite:///" + request["catalog"], init_catalog_tables="false")
def read(table, reader):
    loaded = catalog.load_table(table)
    if reader == "pyiceberg": return loaded.scan().to_arrow().to_pylist()
    return polars.scan_iceberg(loaded.metadata_location, reader_override="native").collect().to_dicts()
rows = [{"table": t, "reader": r, "rows": read(t, r)} for t in request["tables"] for r in ("pyiceberg", "polars")]
`

/** What both readers show of many tables, by `TABLE in READER`. In one process: to start Python would be most of the time. */
export function readWithBoth(
  of: Omit<ForeignTable, 'table'> & { readonly tables: readonly string[] },
): ReadonlyMap<string, readonly Row[]> {
  const read = runPyIceberg(of.python, readEach, of)
  return new Map(
    read.map(({ table, reader, rows }) => [`${String(table)} in ${String(reader)}`, rows as readonly Row[]]),
  )
}

function rowsOf(python: string, script: string, request: object): readonly Row[] {
  const { status, stdout, stderr } = spawnSync(python, ['-W', 'ignore', '-c', script, JSON.stringify(request)], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`the foreign reader failed:\n${stderr}`)
  return parseRows(stdout)
}
