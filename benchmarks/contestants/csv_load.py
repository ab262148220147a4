# csv_load.py TOOL CSV FOLDER: the CSV to Parquet by day; `pyiceberg` and `delta` publish a table.
import os
import sys

tool, source, folder = sys.argv[1:4]
target = os.path.join(folder, "out")
os.makedirs(target)


def arrow_table():
    import pyarrow as pa
    import pyarrow.csv as csv

    types = {
        "order_id": pa.int64(),
        "customer_id": pa.int32(),
        "sku": pa.string(),
        "note": pa.string(),
        "quantity": pa.int32(),
        "amount": pa.decimal128(12, 2),
        "ordered_at": pa.timestamp("us"),
        "country": pa.string(),
    }
    return csv.read_csv(source, convert_options=csv.ConvertOptions(column_types=types))


if tool == "polars":
    import polars as pl

    schema = {
        "order_id": pl.Int64,
        "customer_id": pl.Int32,
        "sku": pl.String,
        "note": pl.String,
        "quantity": pl.Int32,
        "amount": pl.Decimal(12, 2),
        "ordered_at": pl.Datetime("us"),
        "country": pl.String,
    }
    rows = pl.scan_csv(source, schema=schema).with_columns(day=pl.col("ordered_at").dt.date())
    rows.sink_parquet(pl.PartitionBy(target, key="day", include_key=False), compression="zstd", mkdir=True)
elif tool == "pyiceberg":
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.transforms import DayTransform

    rows = arrow_table()
    catalog = SqlCatalog("peer", uri=f"sqlite:///{target}/catalog.db", warehouse=f"file://{target}")
    catalog.create_namespace("bronze")
    table = catalog.create_table("bronze.orders", rows.schema)
    with table.update_spec() as update:
        update.add_field("ordered_at", DayTransform(), "day")
    table.append(rows)
elif tool == "delta":
    import pyarrow.compute as pc
    from deltalake import write_deltalake

    rows = arrow_table()
    rows = rows.append_column("day", pc.cast(rows["ordered_at"], "date32"))
    write_deltalake(target, rows, partition_by=["day"])
