"""Lands records of a topic as Parquet on S3: a tuned consumer, and no more than that.

    land.py --brokers HOST:PORT,... --topic T --partitions N --from 0,0,... --records N --endpoint URL --bucket B

No Lambda, no ledger, no validation, no retries. A crash between the put and the commit lands records twice. Reads each
partition from its offset in `--from`, puts an object for each 10,000 records, commits, and prints a line of JSON with
the records, bytes, wall and CPU seconds from its first record to its last commit.
"""

import argparse
import io
import json
import os
import time

import boto3
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet
from confluent_kafka import Consumer, TopicPartition

BATCH = 10_000
SCHEMA = pa.schema(
    [
        ("Location", pa.string()),
        ("Date_Time", pa.timestamp("us")),
        *((name, pa.float64()) for name in ("Temperature_C", "Humidity_pct", "Precipitation_mm", "Wind_Speed_kmh")),
        ("retry", pa.int64()),
    ]
)


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("--brokers", "--topic", "--from", "--endpoint", "--bucket", "--group"):
        parser.add_argument(name, required=True, dest=name.strip("-").replace("from", "start"))
    parser.add_argument("--records", type=int, required=True)
    return parser.parse_args()


def object_of(messages) -> bytes:
    lines = io.BytesIO(b"\n".join(message.value() for message in messages))
    table = pyarrow.json.read_json(
        lines, parse_options=pyarrow.json.ParseOptions(explicit_schema=SCHEMA, unexpected_field_behavior="ignore")
    )
    for name, values, kind in (
        ("_partition", [message.partition() for message in messages], pa.int32()),
        ("_offset", [message.offset() for message in messages], pa.int64()),
    ):
        table = table.append_column(name, pa.array(values, kind))
    target = io.BytesIO()
    pyarrow.parquet.write_table(table, target, compression="zstd")
    return target.getvalue()


def main() -> None:
    options = arguments()
    s3 = boto3.client(
        "s3", endpoint_url=options.endpoint, aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
    )
    consumer = Consumer(
        {
            "bootstrap.servers": options.brokers,
            "group.id": options.group,
            "enable.auto.commit": False,
            "fetch.min.bytes": 1_000_000,
            "fetch.wait.max.ms": 50,
            "queued.min.messages": 200_000,
            "max.partition.fetch.bytes": 8_000_000,
        }
    )
    starts = [int(offset) for offset in options.start.split(",")]
    consumer.assign([TopicPartition(options.topic, partition, offset) for partition, offset in enumerate(starts)])
    landed = size = 0
    begun = cpu = None
    waiting: list = []
    while landed < options.records:
        waiting += consumer.consume(min(BATCH, options.records - landed) - len(waiting), timeout=1)
        if begun is None and waiting:
            begun, cpu = time.monotonic(), time.process_time()
        if len(waiting) < min(BATCH, options.records - landed):
            continue
        body = object_of(waiting)
        s3.put_object(Bucket=options.bucket, Key=f"peers/{options.group}/{landed:012}.parquet", Body=body)
        consumer.commit(asynchronous=False)
        landed += len(waiting)
        size += len(body)
        waiting = []
    seconds, used = time.monotonic() - begun, time.process_time() - cpu
    consumer.close()
    print(json.dumps({"records": landed, "bytes": size, "seconds": seconds, "cpuSeconds": used, "pid": os.getpid()}))


main()
