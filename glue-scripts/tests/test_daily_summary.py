import hashlib
import itertools
import json
import math
import random
from argparse import Namespace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from daily_summary import (
    ALERT_COUNTS,
    MEASURES,
    compact,
    count_records,
    parse_options,
    rows_of_day,
    run,
    summarize,
)
from pyspark.sql import functions as F

DAY = date(2024, 1, 1)
START = datetime(2024, 1, 1, tzinfo=UTC)


def at(**since_midnight) -> datetime:
    return START + timedelta(**since_midnight)


@pytest.fixture
def summary_of(frame_of):
    def summary(frame, alerts=()):
        counts = frame_of([dict(zip(ALERT_COUNTS.names, each, strict=True)) for each in alerts], ALERT_COUNTS)
        return {row["location"]: row.asDict() for row in summarize(frame, counts).collect()}

    return summary


def test_a_day_holds_its_first_moment_and_not_the_first_of_the_next(landed):
    frame = landed([{"date_time": at(seconds=seconds)} for seconds in (-1, 0, 86_399, 86_400)])
    assert [row["_offset"] for row in rows_of_day(frame, DAY).collect()] == [1, 2]


def test_a_record_read_twice_is_counted_as_one(landed):
    frame = landed([{"_offset": 7}, {"_offset": 7}, {"_offset": 7, "_partition": 1}, {"_offset": 8}])
    assert count_records(frame) == (4, 3)


def parts_of(frame) -> list[list]:
    rows = frame.withColumn("part", F.spark_partition_id()).collect()
    return [list(part) for _, part in itertools.groupby(rows, lambda row: row["part"])]


@pytest.mark.parametrize("files", [1, 3])
def test_parts_are_sorted_by_location_and_time_and_hold_every_row(landed, files):
    shuffled = random.Random(1).sample(range(600), 600)
    frame = landed([{"location": f"L{each % 3}", "date_time": at(seconds=each)} for each in shuffled])
    parts = parts_of(compact(frame, files))
    keys = [(row["location"], row["date_time"]) for part in parts for row in part]
    assert keys == sorted(keys) and len(keys) == 600
    assert len(parts) == files


def test_a_location_with_nearly_all_rows_is_cut_into_parts(landed):
    rows = [{"location": "Rare"}, *({"location": "Common", "date_time": at(seconds=each)} for each in range(999))]
    parts = parts_of(compact(landed(rows), 4))
    assert max(len(part) for part in parts) < 400


def test_hours_are_counted_once_however_often_they_were_seen(summary_of, landed):
    seen = [(0, 0.0), (0, 1.5), (5, 0.0), (23, 0.1), (23, 0.0)]
    frame = landed([{"date_time": at(hours=hour), "precipitation_mm": rain} for hour, rain in seen])
    seoul = summary_of(frame)["Seoul"]
    assert (seoul["hours_seen"], seoul["rain_hours"], seoul["completeness"]) == (3, 2, 3 / 24)
    assert seoul["first_seen"].hour == 0 and seoul["last_seen"].hour == 23


def test_a_single_observation_is_all_of_its_statistics_and_has_no_deviation(summary_of, landed):
    seoul = summary_of(landed([{"temperature_c": 3.5}]))["Seoul"]
    shown = [seoul[f"temperature_c_{name}"] for name in ("min", "mean", "max", "p05", "p50", "p95")]
    assert shown == [3.5] * 6 and seoul["temperature_c_stddev"] is None


def test_equal_values_have_no_deviation_at_all(summary_of, landed):
    seoul = summary_of(landed([{"temperature_c": 20.1}] * 999))["Seoul"]
    assert seoul["temperature_c_stddev"] == pytest.approx(0, abs=1e-12)


def test_percentiles_are_interpolated_between_neighbours(summary_of, landed):
    seoul = summary_of(landed([{"temperature_c": value} for value in (1.0, 2.0, 4.0, 8.0)]))["Seoul"]
    assert (seoul["temperature_c_p05"], seoul["temperature_c_p50"]) == (pytest.approx(1.15), 3.0)
    assert seoul["temperature_c_p95"] == pytest.approx(7.4)


def test_alerts_are_added_up_and_a_location_without_any_has_none(summary_of, landed):
    frame = landed([{"location": "Seoul"}, {"location": "Oslo"}])
    found = summary_of(frame, [("Seoul", "TEMP_HIGH", 2), ("Seoul", "RAIN_HEAVY", 1), ("Rome", "TEMP_HIGH", 9)])
    assert {name: row["alerts"] for name, row in found.items()} == {"Seoul": 3, "Oslo": 0}


def test_arguments_that_glue_adds_are_passed_over():
    options = parse_options(
        "true --job-bookmark-option job-bookmark-disable --JOB_NAME isobar --JOB_ID j_1 --JOB_RUN_ID jr_1 --enable-metrics true "
        "--day 2024-01-01 --run-id r1 --lake s3://lake --ingest-dates 2024-01-01,2024-01-02 --TempDir s3://tmp".split()
    )
    assert (options.day, options.run_id, options.ingest_dates) == (DAY, "r1", ["2024-01-01", "2024-01-02"])


class Lake:
    """A lake in a folder, with raw objects as the landing function leaves them: several, over two ingest dates."""

    def __init__(self, folder: Path, landed):
        self.folder, self.landed = folder, landed

    def land(self, rows: list[dict], ingest_date="2024-01-02", objects=3) -> None:
        frame = self.landed(rows).repartition(objects, "_offset")
        frame.write.mode("append").parquet(f"{self.folder}/raw/observations/ingest_date={ingest_date}")

    def run(self, spark, run_id: str, **options) -> dict:
        return run(spark, Namespace(**{**self.options(run_id), **options}))

    def options(self, run_id: str) -> dict:
        return {
            "lake": f"file://{self.folder}",
            "day": DAY,
            "run_id": run_id,
            "ingest_dates": sorted(each.name[12:] for each in (self.folder / "raw/observations").iterdir()),
            "alert_counts": None,
            "rows_per_file": 5_000_000,
        }

    def files(self, table: str, run_id: str) -> list[Path]:
        return sorted((self.folder / f"{table}/event_date={DAY}/run={run_id}").glob("*.parquet"))


@pytest.fixture
def lake(tmp_path, landed):
    return Lake(tmp_path, landed)


def query(sql: str) -> list[tuple]:
    return duckdb.connect().execute(sql).fetchall()


def weather(count: int, seed=5, first_offset=0) -> list[dict]:
    """Rows of a day and a little beyond it, at places of which one has half of all rows."""
    random_of = random.Random(seed)
    places = ["Seoul"] * 5 + ["Oslo", "Lima", "Cairo", "Pune", "Nuuk"]
    return [
        {
            "location": random_of.choice(places),
            "date_time": at(seconds=random_of.randrange(-3_600, 90_000)),
            "temperature_c": round(random_of.gauss(12, 9), 1),
            "humidity_pct": random_of.uniform(5, 100),
            "precipitation_mm": max(0.0, round(random_of.gauss(-3, 3), 1)),
            "wind_speed_kmh": abs(random_of.gauss(0, 30)),
            "_partition": random_of.randrange(10),
            "_offset": first_offset + each,
        }
        for each in range(count)
    ]


def test_every_figure_equals_an_independent_computation(spark, lake):
    lake.land(weather(3_000))
    lake.land(weather(2_000, seed=6, first_offset=3_000), ingest_date="2024-01-03")
    report = lake.run(spark, "r1")
    measures = ", ".join(
        f"""min({m}) {m}_min, avg({m}) {m}_mean, max({m}) {m}_max, stddev_samp({m}) {m}_stddev,
        quantile_cont({m}, 0.05) {m}_p05, quantile_cont({m}, 0.5) {m}_p50, quantile_cont({m}, 0.95) {m}_p95"""
        for m in MEASURES
    )
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    expected = connection.execute(
        f"""select location, count(*) observations, {measures},
                   count(distinct date_part('hour', date_time)) filter (precipitation_mm > 0) rain_hours,
                   count(distinct date_part('hour', date_time)) hours_seen,
                   count(distinct date_part('hour', date_time)) / 24 completeness,
                   0 alerts, epoch_us(min(date_time)) first_seen, epoch_us(max(date_time)) last_seen
              from read_parquet('{lake.folder}/raw/observations/*/*.parquet')
             where date_time >= timestamptz '2024-01-01 00:00:00+00' and date_time < timestamptz '2024-01-02 00:00:00+00'
             group by location order by location"""
    ).fetchall()
    names = [column[0] for column in connection.description]
    [file] = lake.files("daily/weather_summary", "r1")
    # As numbers: to make a datetime with a zone, DuckDB wants one more package.
    times = "epoch_us(first_seen) as first_seen, epoch_us(last_seen) as last_seen"
    found = connection.execute(f"select * replace ({times}) from read_parquet('{file}', hive_partitioning = false)").fetchall()
    assert names == [column[0] for column in connection.description]
    assert len(found) == len(expected) == report["locations"] == 6
    for row, wanted in zip(found, expected, strict=True):
        for name, value, want in zip(names, row, wanted, strict=True):
            if isinstance(want, float):
                assert math.isclose(value, want, rel_tol=1e-9, abs_tol=1e-9), (row[0], name, value, want)
            else:
                assert value == want, (row[0], name)


def test_a_run_over_the_same_rows_writes_the_same_bytes(spark, lake):
    lake.land(weather(2_000))
    first, second = lake.run(spark, "r1"), lake.run(spark, "r2")
    assert first["digest"] == second["digest"]
    for table in ("curated/observations", "daily/weather_summary"):
        [one], [other] = lake.files(table, "r1"), lake.files(table, "r2")
        assert hashlib.sha256(one.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest(), table


def test_the_order_in_which_rows_landed_does_not_show(spark, lake, tmp_path, landed):
    rows = [{**row, "row": 1} for row in weather(1_000)]
    other = Lake(tmp_path / "other", landed)
    lake.land(rows, objects=7)
    other.land(rows[::-1], objects=2)
    lake.run(spark, "r1"), other.run(spark, "r1")
    assert [each.read_bytes() for each in lake.files("daily/weather_summary", "r1")] == [
        each.read_bytes() for each in other.files("daily/weather_summary", "r1")
    ]


def test_a_late_row_changes_the_digest_and_the_summary(spark, lake):
    lake.land(weather(500))
    before = lake.run(spark, "r1")
    lake.land([{"location": "Seoul", "temperature_c": 99.0, "_offset": 9_999}], ingest_date="2024-02-01")
    after = lake.run(spark, "r2")
    assert after["rows"] == before["rows"] + 1 and after["digest"] != before["digest"]
    [file] = lake.files("daily/weather_summary", "r2")
    assert query(f"select temperature_c_max from '{file}' where location = 'Seoul'") == [(99.0,)]


def test_records_that_landed_twice_are_dropped_and_reported(spark, lake):
    rows = [{**row, "date_time": at(hours=1)} for row in weather(100)]
    lake.land(rows)
    lake.land(rows[:10], ingest_date="2024-01-03")
    report = lake.run(spark, "r1")
    assert (report["rows_read"], report["duplicates"], report["rows"]) == (110, 10, 100)


def test_a_large_day_is_cut_into_files_of_the_wanted_size(spark, lake):
    lake.land([{"date_time": at(seconds=each)} for each in range(1_000)])
    report = lake.run(spark, "r1", rows_per_file=300)
    assert report["curated"]["files"] == len(lake.files("curated/observations", "r1")) == 4


def test_the_report_says_what_the_quality_check_needs(spark, lake):
    lake.land([{"temperature_c": -4.0}, {"temperature_c": 31.5, "location": ""}])
    report = lake.run(spark, "r1")
    written = json.loads((lake.folder / f"daily/reports/event_date={DAY}/run=r1.json").read_text())
    assert written == report
    assert report["null_keys"] == 1 and report["ranges"]["temperature_c"] == {"min": -4.0, "max": 31.5}
    assert (report["locations"], report["incomplete_locations"], report["fewest_hours_seen"]) == (2, 2, 1)
    [load] = report["load"]
    rows = [json.loads(line) for line in Path(load.removeprefix("file://")).read_text().splitlines()]
    [file] = lake.files("daily/weather_summary", "r1")
    columns = "location, temperature_c_mean, temperature_c_stddev, rain_hours"
    assert query(f"select {columns} from '{file}'") == [tuple(row[name] for name in columns.split(", ")) for row in rows]


def test_alerts_reach_the_summary(spark, lake):
    lake.land([{}])
    counts = lake.folder / "alerts.jsonl"
    counts.write_text('{"location":"Seoul","alert_type":"TEMP_HIGH","alerts":4}\n')
    lake.run(spark, "r1", alert_counts=f"file://{counts}")
    [file] = lake.files("daily/weather_summary", "r1")
    assert query(f"select alerts from '{file}'") == [(4,)]


def test_a_run_that_starts_again_replaces_what_it_left(spark, lake):
    lake.land([{}])
    lake.run(spark, "r1")
    lake.run(spark, "r1")
    assert len(lake.files("curated/observations", "r1")) == 1
