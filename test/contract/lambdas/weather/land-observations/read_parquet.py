"""Reads a Parquet file with one engine and prints its schema and its rows as JSON.

Timestamps are printed as milliseconds since the epoch, in UTC. Types are printed as the engine names them.
"""

import argparse
import datetime
import json
import os
import sys
import tempfile

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def read_with_pyarrow(path):
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    return {field.name: str(field.type) for field in table.schema}, table.to_pylist()


def read_with_duckdb(path):
    import duckdb

    with duckdb.connect() as connection:
        relation = connection.read_parquet(path)
        schema = dict(zip(relation.columns, map(str, relation.types)))
        return schema, [dict(zip(schema, row)) for row in relation.fetchall()]


def read_with_spark(path):
    from pyspark.sql import SparkSession

    # Spark must use this Python for its workers, and listen on the loopback only.
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1", TZ="UTC")
    os.environ.pop("SPARK_HOME", None)
    java = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.driver.extraJavaOptions", f"{java} -Djava.io.tmpdir={tempfile.gettempdir()}")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    try:
        frame = session.read.parquet(path)
        return dict(frame.dtypes), [row.asDict() for row in frame.collect()]
    finally:
        session.stop()


ENGINES = {"pyarrow": read_with_pyarrow, "duckdb": read_with_duckdb, "spark": read_with_spark}


def to_json(value):
    if isinstance(value, datetime.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        return (aware - EPOCH) // datetime.timedelta(milliseconds=1)
    raise TypeError(f"{type(value)} does not occur in these files")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("engine", choices=ENGINES)
    arguments = parser.parse_args()
    schema, rows = ENGINES[arguments.engine](arguments.file)
    print(json.dumps({"schema": schema, "rows": rows}, default=to_json))


if __name__ == "__main__":
    main()
