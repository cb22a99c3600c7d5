"""Reads Parquet files with one engine. Prints, for each reading, its schema and rows as a line of JSON.

    read_parquet.py ENGINE '[{"files": [...], "zone": "Asia/Seoul"}, ...]'
    read_parquet.py curate '{"files": [...], "folder": "..."}'

A reading takes its files together, as one table, with this time zone of the session. Timestamps are printed as
milliseconds since the epoch, as the engine computes them: one without a zone is no instant, and its type shows it.
Types are printed as the engine names them. `curate` writes the rows as the daily job writes curated objects.
"""

import datetime
import json
import os
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[5]


def read_with_pyarrow(files, _zone):
    import pyarrow.dataset

    table = pyarrow.dataset.dataset(files).to_table()
    return {field.name: str(field.type) for field in table.schema}, table.to_pylist()


def read_with_duckdb(files, zone):
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{zone}'")
        relation = connection.read_parquet(files)
        schema = dict(zip(relation.columns, map(str, relation.types)))
        columns = [f"epoch_ms({name})" if "TIMESTAMP" in kind else name for name, kind in schema.items()]
        return schema, [dict(zip(schema, row)) for row in relation.project(", ".join(columns)).fetchall()]


def read_with_polars(files, _zone):
    import polars
    from polars import selectors

    frame = polars.read_parquet(files)
    schema = {name: str(kind) for name, kind in frame.schema.items()}
    return schema, frame.with_columns(selectors.datetime().dt.epoch("ms")).to_dicts()


def read_with_spark(files, zone):
    session = start_spark()
    session.conf.set("spark.sql.session.timeZone", zone)
    frame = session.read.parquet(*files)
    columns = [f"unix_millis({name}) as {name}" if kind == "timestamp" else name for name, kind in frame.dtypes]
    return dict(frame.dtypes), [row.asDict() for row in frame.selectExpr(*columns).collect()]


ENGINES = {
    "pyarrow": read_with_pyarrow,
    "duckdb": read_with_duckdb,
    "polars": read_with_polars,
    "spark": read_with_spark,
}


def start_spark():
    """The session of the daily job."""
    # Spark must use this Python for its workers, and listen on the loopback only.
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    os.environ.pop("SPARK_HOME", None)
    java = f"-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.io.tmpdir={tempfile.gettempdir()}"
    settings = "--conf spark.ui.enabled=false --conf spark.driver.bindAddress=127.0.0.1"
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        f"--master local[1] --driver-java-options '{java}' {settings} pyspark-shell"
    )
    sys.path.insert(0, str(REPOSITORY / "glue-scripts"))
    from daily_summary import start_session

    return start_session()


def curate(files, folder):
    session = start_spark()
    from daily_summary import LANDED, write

    write(session.read.schema(LANDED).parquet(*files).coalesce(1), folder, "zstd")


def to_json(value):
    if isinstance(value, datetime.datetime):
        return (value - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(milliseconds=1)
    raise TypeError(f"{type(value)} does not occur in these files")


def main():
    engine, given = sys.argv[1], json.loads(sys.argv[2])
    if engine == "curate":
        curate(given["files"], given["folder"])
        return
    for reading in given:
        os.environ["TZ"] = reading["zone"]
        time.tzset()
        schema, rows = ENGINES[engine](reading["files"], reading["zone"])
        print(json.dumps({"schema": schema, "rows": rows}, default=to_json))


if __name__ == "__main__":
    main()
