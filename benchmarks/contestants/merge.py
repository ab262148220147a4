# merge.py TOOL FOLDER TARGET.parquet UPDATES.parquet ROWS: an upsert by key into a table of ten files; loading the table is not timed.
import json
import os
import sys
import time

import pyarrow.parquet as pq

tool, folder, target_path, updates_path, rows = sys.argv[1:6]
rows = int(rows)
target = os.path.join(folder, "table")
os.makedirs(target)
part = max(1, rows // 10)


def parts():
    source = pq.ParquetFile(target_path)
    for batch in source.iter_batches(batch_size=part):
        yield batch


def done(started, **more):
    print(json.dumps({"seconds": time.time() - started, **more}))


if tool == "pyiceberg":
    import pyarrow as pa
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog("peer", uri=f"sqlite:///{target}/catalog.db", warehouse=f"file://{target}")
    catalog.create_namespace("b")
    table = catalog.create_table("b.t", pq.read_schema(target_path))
    for one in parts():
        table.append(pa.Table.from_batches([one]))
    updates = pq.read_table(updates_path)
    started = time.time()
    result = table.upsert(updates, join_cols=["id"])
    done(started, updated=result.rows_updated, inserted=result.rows_inserted)
elif tool == "delta":
    import pyarrow as pa
    from deltalake import DeltaTable, write_deltalake

    for one in parts():
        write_deltalake(target, pa.Table.from_batches([one]), mode="append")
    updates = pq.read_table(updates_path)
    started = time.time()
    merge = DeltaTable(target).merge(updates, "t.id = s.id", source_alias="s", target_alias="t")
    metrics = merge.when_matched_update_all().when_not_matched_insert_all().execute()
    done(started, updated=metrics["num_target_rows_updated"], inserted=metrics["num_target_rows_inserted"])
