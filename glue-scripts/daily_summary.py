"""Compacts one day of landed observations and builds the daily summary, one row per location.

Plain PySpark: runs on AWS Glue 5.1 (Spark 3.5) and on any Spark 3.5. It has more than 200 lines because a
Glue job is one script: a second module would be a second asset (`--extra-py-files`).

Each run writes to its own folders, so nobody reads its result before it is published
(docs/adr/0011-daily-workflow.md):

    curated/observations/event_date=<day>/run=<run>/      the day's rows, sorted by location and time
    daily/weather_summary/event_date=<day>/run=<run>/     one file, one row per location
    daily/loads/event_date=<day>/run=<run>/               the same rows as JSON, for Postgres
    daily/files/event_date=<day>/run=<run>/               rows left out and replaced by file, for Postgres
    daily/reports/event_date=<day>/run=<run>.json         counts of what was read and written; written last

Sums of floating point numbers are computed in the order of the numbers. So two runs over the same rows write
the same figures to the last digit, and the same curated rows in the same order. Only the cuts between several
curated files may differ, because Spark takes a sample to choose them. Two runs in one JVM write the same
bytes; in another JVM, a Parquet footer may list the encodings of a column in another order.
"""

import argparse
import functools
import json
import math
import operator
import sys
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

# Identifies a Kafka record.
RECORD_KEY = ("_topic", "_partition", "_offset")
MEASURES = ("temperature_c", "humidity_pct", "precipitation_mm", "wind_speed_kmh")
PERCENTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
STATISTICS = ("min", "mean", "max", "stddev", *PERCENTILES)
HOURS_PER_DAY = 24
UNBOUNDED = (Window.unboundedPreceding, Window.unboundedFollowing)

# Not inferred: Spark would read the footers of thousands of objects to infer it.
LANDED = StructType(
    [
        StructField("location", StringType()),
        StructField("date_time", TimestampType()),
        *(StructField(measure, DoubleType()) for measure in MEASURES),
        StructField("source", StringType()),
        StructField("row", LongType()),
        StructField("_topic", StringType()),
        StructField("_partition", IntegerType()),
        StructField("_offset", LongType()),
        StructField("_timestamp", TimestampType()),
    ]
)

# The versions of files that were dropped again under their key: see check-day.ts.
VERSIONS = StructType(
    [
        StructField("source", StringType()),
        StructField("counts", BooleanType()),
        StructField("replacement", StringType()),
    ]
)

# One place and moment. Of several rows, the newest counts.
OBSERVATION_KEY = ("location", "date_time")

ALERT_COUNTS = StructType(
    [
        StructField("location", StringType()),
        StructField("alert_type", StringType()),
        StructField("alerts", LongType()),
    ]
)


def rows_of_day(landed: DataFrame, day: date) -> DataFrame:
    """The rows whose event time is on this day, in UTC."""
    start, end = (F.lit(f"{each}T00:00:00Z").cast("timestamp") for each in (day, day + timedelta(days=1)))
    return landed.where((F.col("date_time") >= start) & (F.col("date_time") < end))


def count_records(rows: DataFrame) -> tuple[int, int]:
    """Counts the rows, and the distinct Kafka records among them."""
    records = rows.groupBy(*RECORD_KEY).count()
    counted = records.agg(F.sum("count").alias("rows"), F.count("*").alias("records")).first()
    return counted["rows"] or 0, counted["records"]


def count_observations(rows: DataFrame) -> tuple[int, int]:
    """Counts the rows, and the distinct pairs of location and time among them."""
    observations = rows.groupBy(*OBSERVATION_KEY).count()
    counted = observations.agg(F.sum("count").alias("rows"), F.count("*").alias("observations")).first()
    return counted["rows"] or 0, counted["observations"]


def of_counted_versions(rows: DataFrame, versions: DataFrame) -> DataFrame:
    """The rows without those of versions that do not count."""
    return rows.join(versions.where(~F.col("counts")), "source", "left_anti")


def repeated_rows(rows: DataFrame) -> DataFrame:
    """The rows for whose location and time a newer row counts, and whether it has the same values.

    The newest row of a Kafka partition is the one with the highest offset. A location has one partition, unless
    the topic was made anew or another producer chose it: of the newest of several partitions, the one with the
    latest timestamp counts.
    """
    repeated = rows.groupBy(*OBSERVATION_KEY).count().where("count > 1").drop("count")
    of_partition = Window.partitionBy(*OBSERVATION_KEY, "_topic", "_partition").orderBy(F.desc("_offset"))
    newest_first = Window.partitionBy(*OBSERVATION_KEY).orderBy(
        "place_in_partition", F.desc("_timestamp"), "_topic", "_partition"
    )
    same = [F.col(each).eqNullSafe(F.first(each).over(newest_first)) for each in MEASURES]
    return (
        rows.join(repeated, list(OBSERVATION_KEY), "left_semi")
        .withColumn("place_in_partition", F.row_number().over(of_partition))
        .withColumn("place", F.row_number().over(newest_first))
        .withColumn("is_same", functools.reduce(operator.and_, same))
        .where("place > 1")
        .select(*RECORD_KEY, "source", "is_same")
    )


def count_repeated(repeated: DataFrame) -> DataFrame:
    """Counts repeated rows by their file."""
    return repeated.groupBy(F.coalesce("source", F.lit("")).alias("source")).agg(
        F.count(F.when(F.col("is_same"), 1)).alias("same_values"),
        F.count(F.when(~F.col("is_same"), 1)).alias("other_values"),
    )


def count_replaced(rows: DataFrame, versions: DataFrame) -> DataFrame:
    """Compares each version that replaced another with it, by location and time."""
    versioned = rows.join(versions.where(F.col("replacement").isNotNull()), "source")
    values = F.struct("_offset", *MEASURES)
    newest = versioned.groupBy("replacement", *OBSERVATION_KEY).agg(
        F.max(F.when(F.col("counts"), values)).alias("after"),
        F.max(F.when(~F.col("counts"), values)).alias("before"),
    )
    same = [F.col(f"before.{each}").eqNullSafe(F.col(f"after.{each}")) for each in MEASURES]
    return newest.groupBy(F.col("replacement").alias("source")).agg(
        F.count(F.when(F.col("before").isNull(), 1)).alias("rows_added"),
        F.count(F.when(F.col("after").isNull(), 1)).alias("rows_removed"),
        F.count(
            F.when(
                F.col("before").isNotNull()
                & F.col("after").isNotNull()
                & ~functools.reduce(operator.and_, same),
                1,
            )
        ).alias("rows_changed"),
    )


def compact(rows: DataFrame, files: int) -> DataFrame:
    """Sorts the rows by location and time into this many parts.

    Range partitioning can also split a location, so one location with many rows does not make one huge part.
    """
    parts = rows.repartition(1) if files == 1 else rows.repartitionByRange(files, "location", "date_time")
    return parts.sortWithinPartitions("location", "date_time", *RECORD_KEY)


def summarize(rows: DataFrame, alert_counts: DataFrame) -> DataFrame:
    """One row per location, sorted by location."""
    presence = summarize_presence(rows)
    statistics = summarize_measures(rows)
    alerts = alert_counts.groupBy("location").agg(F.sum("alerts").alias("alerts"))
    columns = [f"{measure}_{statistic}" for measure in MEASURES for statistic in STATISTICS]
    # A location without any value of any measure has no statistics.
    joined = presence.join(statistics, "location", "left").join(alerts, "location", "left")
    return joined.select(
        "location",
        "observations",
        *columns,
        "rain_hours",
        "hours_seen",
        (F.col("hours_seen") / HOURS_PER_DAY).alias("completeness"),
        F.coalesce("alerts", F.lit(0).cast("long")).alias("alerts"),
        "first_seen",
        "last_seen",
    ).orderBy("location")


def summarize_presence(rows: DataFrame) -> DataFrame:
    """Counts per location the observations, and the hours with observations and with rain.

    The hours are bits of one number: unlike sets of hours, that is cheap to aggregate and to shuffle.
    """
    hour = F.expr("shiftleft(1, hour(date_time))")
    rain = F.when(F.col("precipitation_mm") > 0, hour).otherwise(0)
    return rows.groupBy("location").agg(
        F.count("*").alias("observations"),
        F.bit_count(F.bit_or(hour)).alias("hours_seen"),
        F.bit_count(F.bit_or(rain)).alias("rain_hours"),
        F.min("date_time").alias("first_seen"),
        F.max("date_time").alias("last_seen"),
    )


def summarize_measures(rows: DataFrame) -> DataFrame:
    """The statistics of each measure per location, one row per location."""
    per_measure = statistics_of(count_values(rows))
    return per_measure.groupBy("location").agg(
        *(
            F.max(F.when(F.col("measure") == measure, F.col(statistic))).alias(f"{measure}_{statistic}")
            for measure in MEASURES
            for statistic in STATISTICS
        )
    )


def count_values(rows: DataFrame) -> DataFrame:
    """Counts how often each value occurs, per location and measure.

    A measure that was not taken is no value. This leaves far fewer rows to sort, and sorting spills to disk. Spark's own `percentile` would hold all
    values of a location in memory.
    """
    pairs = F.array(
        *(F.struct(F.lit(measure).alias("measure"), F.col(measure).alias("value")) for measure in MEASURES)
    )
    return (
        rows.select("location", F.explode(pairs).alias("pair"))
        .where("pair.value is not null")
        .groupBy("location", F.col("pair.measure").alias("measure"), F.col("pair.value").alias("value"))
        .agg(F.count("*").alias("times"))
    )


def statistics_of(value_counts: DataFrame) -> DataFrame:
    """The statistics per location and measure.

    Percentiles are exact: linear interpolation at (n - 1)p, like DuckDB's quantile_cont. `stddev` is the
    standard deviation of the sample, and null for a single observation.
    """
    by_value = Window.partitionBy("location", "measure").orderBy("value")
    whole, so_far = by_value.rowsBetween(*UNBOUNDED), by_value.rowsBetween(UNBOUNDED[0], 0)
    ranked = (
        value_counts.withColumn("n", F.sum("times").over(whole))
        .withColumn("mean", F.sum(F.col("value") * F.col("times")).over(whole) / F.col("n"))
        .withColumn("below", F.sum("times").over(so_far) - F.col("times"))
    )
    aggregated = ranked.groupBy("location", "measure").agg(
        F.first("n").alias("n"),
        F.min("value").alias("min"),
        F.first("mean").alias("mean"),
        F.max("value").alias("max"),
        F.sum(F.col("times") * F.pow(F.col("value") - F.col("mean"), 2)).alias("squares"),
        *(
            value_at(rank(F.col("n"), share)).alias(f"{name}_{label}")
            for name, share in PERCENTILES.items()
            for label, rank in NEIGHBOURS.items()
        ),
    )
    return aggregated.select(
        "location",
        "measure",
        "min",
        "mean",
        "max",
        F.when(F.col("n") > 1, F.sqrt(F.col("squares") / (F.col("n") - 1))).alias("stddev"),
        *(interpolated(name, share).alias(name) for name, share in PERCENTILES.items()),
    )


def position(n: Column, share: float) -> Column:
    """Where a percentile lies among n sorted values, counted from 0; rarely a whole number."""
    return (n - 1) * F.lit(share)


# The ranks, from 0, of the two values between which a percentile lies.
NEIGHBOURS = {
    "low": lambda n, share: F.floor(position(n, share)),
    "high": lambda n, share: F.ceil(position(n, share)),
}


def value_at(rank: Column) -> Column:
    """The value with this rank. `below` is the number of smaller values."""
    below, times = F.col("below"), F.col("times")
    return F.max(F.when((below <= rank) & (rank < below + times), F.col("value")))


def interpolated(name: str, share: float) -> Column:
    low, high = F.col(f"{name}_low"), F.col(f"{name}_high")
    at = position(F.col("n"), share)
    return low + (high - low) * (at - F.floor(at))


def describe_rows(rows: DataFrame) -> dict:
    """The figures for the quality check, and a digest that does not depend on the order of the rows."""
    # The hash skips nulls. The name of the measure that is null tells a null here from one there.
    nulls = (F.when(F.col(measure).isNull(), F.lit(measure)) for measure in MEASURES)
    digest = F.sum(F.xxhash64(*rows.columns, *nulls).cast("decimal(38,0)")).cast("string")
    described = rows.agg(
        F.count("*").alias("rows"),
        F.count(F.when(F.coalesce(F.length("location"), F.lit(0)) == 0, 1)).alias("null_keys"),
        digest.alias("digest"),
        *(F.min(measure).alias(f"{measure}_min") for measure in MEASURES),
        *(F.max(measure).alias(f"{measure}_max") for measure in MEASURES),
    )
    found = described.first().asDict()
    ranges = {
        measure: {"min": found.pop(f"{measure}_min"), "max": found.pop(f"{measure}_max")}
        for measure in MEASURES
    }
    return {**found, "ranges": ranges}


def describe_locations(summary: DataFrame) -> dict:
    """How many locations there are, and how complete their hours are."""
    hours = F.min("hours_seen").alias("fewest_hours_seen")
    partial = F.count(F.when(F.col("hours_seen") < HOURS_PER_DAY, 1)).alias("incomplete_locations")
    return summary.agg(F.count("*").alias("locations"), partial, hours).first().asDict()


def run(spark: SparkSession, options: argparse.Namespace) -> dict:
    """Runs the job and returns its report."""
    lake, day, run_id = options.lake.rstrip("/"), options.day, options.run_id
    curated = f"{lake}/curated/observations/event_date={day}/run={run_id}/"
    summary = f"{lake}/daily/weather_summary/event_date={day}/run={run_id}/"
    load = f"{lake}/daily/loads/event_date={day}/run={run_id}/"
    file_counts = f"{lake}/daily/files/event_date={day}/run={run_id}/"
    report = f"{lake}/daily/reports/event_date={day}/run={run_id}.json"
    folders = [f"{lake}/raw/observations/ingest_date={each}/" for each in options.ingest_dates]

    landed = rows_of_day(spark.read.schema(LANDED).parquet(*folders), day)
    rows, records = count_records(landed)
    distinct = landed if rows == records else landed.dropDuplicates(RECORD_KEY)
    versions = read_versions(spark, options.versions)
    has_versions = not versions.isEmpty()
    counted = of_counted_versions(distinct, versions) if has_versions else distinct
    counted_rows, observations = count_observations(counted)
    has_repeated = counted_rows > observations
    # Nothing is computed for the many days without repeated rows and without versions.
    repeated = repeated_rows(counted if has_repeated else counted.limit(0))
    replaced = count_replaced(distinct if has_versions else distinct.limit(0), versions)
    newest = counted.join(repeated, list(RECORD_KEY), "left_anti") if has_repeated else counted
    files = max(1, math.ceil(observations / options.rows_per_file))
    write(compact(newest.select(*LANDED.names), files), curated, "zstd")
    write_file_counts(count_repeated(repeated), replaced, file_counts)
    left_out = count_left_out(spark, file_counts)

    # Read back from the files: the summary is of what readers will see, and curated files are fast to read.
    compacted = spark.read.schema(LANDED).parquet(curated)
    alert_counts = read_alert_counts(spark, options.alert_counts)
    write(summarize(compacted, alert_counts).coalesce(1), summary, "zstd")
    summarized = spark.read.parquet(summary)
    summarized.write.mode("overwrite").option("ignoreNullFields", "false").json(load)

    result = {
        "day": str(day),
        "run_id": run_id,
        "rows_read": rows,
        "duplicates": rows - records,
        "records": records,
        "superseded": records - counted_rows,
        **left_out,
        **describe_rows(compacted),
        **describe_locations(summarized),
        "curated": {"location": curated, **size_of(spark, curated)},
        "summary": {"location": summary},
        "load": [f"{load}{status.getPath().getName()}" for status in data_files(spark, load)],
        "files": [f"{file_counts}{status.getPath().getName()}" for status in data_files(spark, file_counts)],
    }
    put_text(spark, report, json.dumps(result))
    return result


def write(frame: DataFrame, folder: str, codec: str) -> None:
    frame.write.mode("overwrite").option("compression", codec).parquet(folder)


def read_versions(spark: SparkSession, path: str | None) -> DataFrame:
    if path:
        return spark.read.schema(VERSIONS).json(path)
    return empty(spark, VERSIONS)


def empty(spark: SparkSession, schema: StructType) -> DataFrame:
    return spark.range(0).select(*(F.lit(None).cast(each.dataType).alias(each.name) for each in schema))


def write_file_counts(repeated: DataFrame, replaced: DataFrame, folder: str) -> None:
    """Writes one line per file."""
    counts = (F.coalesce(each, F.lit(0).cast("long")).alias(each) for each in ("same_values", "other_values"))
    lines = repeated.join(replaced, "source", "full").select(
        "source", *counts, "rows_added", "rows_removed", "rows_changed"
    )
    lines.coalesce(1).write.mode("overwrite").option("ignoreNullFields", "false").json(folder)


def count_left_out(spark: SparkSession, folder: str) -> dict:
    counts = ("same_values", "other_values")
    schema = StructType([StructField(each, LongType()) for each in counts])
    sums = (F.coalesce(F.sum(each), F.lit(0).cast("long")).alias(each) for each in counts)
    return spark.read.schema(schema).json(folder).agg(*sums).first().asDict()


def read_alert_counts(spark: SparkSession, path: str | None) -> DataFrame:
    if path:
        return spark.read.schema(ALERT_COUNTS).json(path)
    return empty(spark, ALERT_COUNTS)


def size_of(spark: SparkSession, folder: str) -> dict:
    found = data_files(spark, folder)
    return {"files": len(found), "bytes": sum(status.getLen() for status in found)}


def data_files(spark: SparkSession, folder: str) -> list:
    path, files = hadoop_path(spark, folder)
    return [status for status in files.listStatus(path) if status.getPath().getName().startswith("part-")]


def put_text(spark: SparkSession, location: str, text: str) -> None:
    path, files = hadoop_path(spark, location)
    stream = files.create(path, True)
    try:
        stream.write(bytearray(text, "utf-8"))
    finally:
        stream.close()


def hadoop_path(spark: SparkSession, location: str):
    """Uses Spark's own file system, so the job needs no other S3 client."""
    path = spark._jvm.org.apache.hadoop.fs.Path(location)
    return path, path.getFileSystem(spark._jsc.hadoopConfiguration())


def parse_options(arguments: list[str]) -> argparse.Namespace:
    """Parses the arguments of the job, and ignores those that Glue adds (--JOB_NAME and others)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--day", required=True, type=date.fromisoformat, help="YYYY-MM-DD, in UTC")
    parser.add_argument("--run-id", required=True, help="names the folders of this run")
    parser.add_argument("--lake", required=True, help="s3://bucket")
    parser.add_argument("--ingest-dates", required=True, type=lambda text: text.split(","), help="a,b,…")
    parser.add_argument("--alert-counts", help="JSON lines of location, alert_type, alerts")
    parser.add_argument("--versions", help="JSON lines of source, counts, replacement")
    parser.add_argument("--rows-per-file", type=int, default=5_000_000, help="about 100 MB a file")
    return parser.parse_known_args(arguments)[0]


def main() -> None:
    options = parse_options(sys.argv[1:])
    spark = start_session()
    print(json.dumps(run(spark, options)))
    spark.stop()


def start_session() -> SparkSession:
    return (
        SparkSession.builder.appName("daily-summary")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        # Spark refuses dates before 1900 unless it is told that no file has the Julian calendar.
        .config("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED")
        .config("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED")
        # Sums must be in the order of the sorted rows. A hash aggregation that spills changes the order.
        .config("spark.sql.execution.replaceHashWithSortAgg", "true")
        .config("spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
        .getOrCreate()
    )


if __name__ == "__main__":
    main()
