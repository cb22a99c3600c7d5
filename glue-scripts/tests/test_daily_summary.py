"""The transforms, on a few rows each; and the job as a whole, run over a day, over the same day landed otherwise, cut otherwise, with a late row."""

import itertools
import json
import math
import random
import subprocess
from argparse import Namespace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from conftest import as_json_lines, filled
from daily_summary import (
    ALERT_COUNTS,
    LANDED,
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


@pytest.fixture(scope="module")
def summary(landed, frame_of):
    """Of one frame, in which each claim has a location of its own."""
    hours = [(0, 0.0), (0, 1.5), (5, 0.0), (23, 0.1), (23, 0.0)]
    rows = [
        *({"location": "Hours", "date_time": at(hours=hour), "precipitation_mm": rain} for hour, rain in hours),
        {"location": "Single", "temperature_c": 3.5},
        *[{"location": "Equal", "temperature_c": 20.1}] * 999,
        *({"location": "Percentiles", "temperature_c": value} for value in (1.0, 2.0, 4.0, 8.0)),
    ]
    alerts = [("Equal", "TEMP_HIGH", 2), ("Equal", "RAIN_HEAVY", 1), ("Elsewhere", "TEMP_HIGH", 9)]
    counts = frame_of([dict(zip(ALERT_COUNTS.names, each, strict=True)) for each in alerts], ALERT_COUNTS)
    return {row["location"]: row.asDict() for row in summarize(landed(rows), counts).collect()}


def test_hours_are_counted_once_however_often_they_were_seen(summary):
    found = summary["Hours"]
    assert (found["hours_seen"], found["rain_hours"], found["completeness"]) == (3, 2, 3 / 24)
    assert found["first_seen"].hour == 0 and found["last_seen"].hour == 23


def test_a_single_observation_is_all_of_its_statistics_and_has_no_deviation(summary):
    shown = [summary["Single"][f"temperature_c_{name}"] for name in ("min", "mean", "max", "p05", "p50", "p95")]
    assert shown == [3.5] * 6 and summary["Single"]["temperature_c_stddev"] is None


def test_equal_values_have_no_deviation_at_all(summary):
    assert summary["Equal"]["temperature_c_stddev"] == pytest.approx(0, abs=1e-12)


def test_percentiles_are_interpolated_between_neighbours(summary):
    found = summary["Percentiles"]
    assert (found["temperature_c_p05"], found["temperature_c_p50"]) == (pytest.approx(1.15), 3.0)
    assert found["temperature_c_p95"] == pytest.approx(7.4)


def test_alerts_are_added_up_and_a_location_without_any_has_none(summary):
    assert {name: row["alerts"] for name, row in summary.items() if row["alerts"]} == {"Equal": 3}
    assert summary["Single"]["alerts"] == 0


def test_arguments_that_glue_adds_are_passed_over():
    options = parse_options(
        "true --job-bookmark-option job-bookmark-disable --JOB_NAME isobar --JOB_ID j_1 --JOB_RUN_ID jr_1 --enable-metrics true "
        "--day 2024-01-01 --run-id r1 --lake s3://lake --ingest-dates 2024-01-01,2024-01-02 --TempDir s3://tmp".split()
    )
    assert (options.day, options.run_id, options.ingest_dates) == (DAY, "r1", ["2024-01-01", "2024-01-02"])


class Lake:
    """A lake in a folder, with raw objects as the landing function leaves them: several, over ingest dates."""

    def __init__(self, folder: Path):
        self.folder = folder

    def land(self, rows: list[dict], ingest_date: str, objects: int) -> None:
        folder = self.folder / f"raw/observations/ingest_date={ingest_date}"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder.with_suffix(".jsonl")
        for each in range(objects):
            file.write_text(as_json_lines(rows[each::objects]))
            duck(f"copy (from read_json('{file}', columns = {COLUMNS})) to '{folder}/{len(list(folder.iterdir()))}.parquet'")

    def run(self, spark, run_id: str, alerts: list[dict] = (), rows_per_file=5_000_000) -> dict:
        counts = self.folder / "alerts.jsonl"
        counts.write_text(as_json_lines(alerts))
        options = {
            "lake": f"file://{self.folder}",
            "day": DAY,
            "run_id": run_id,
            "ingest_dates": [each.name[12:] for each in (self.folder / "raw/observations").iterdir() if each.is_dir()],
            "alert_counts": f"file://{counts}" if alerts else None,
            "rows_per_file": rows_per_file,
        }
        return run(spark, Namespace(**options))

    def of_run(self, table: str, run_id: str) -> Path:
        return self.folder / f"{table}/event_date={DAY}/run={run_id}"

    def files(self, table: str, run_id: str) -> list[Path]:
        return sorted(self.of_run(table, run_id).glob("*.parquet"))


COLUMNS = {
    "location": "varchar",
    "date_time": "timestamptz",
    **dict.fromkeys(MEASURES, "double"),
    "source": "varchar",
    "row": "bigint",
    "_topic": "varchar",
    "_partition": "int",
    "_offset": "bigint",
    "_timestamp": "timestamptz",
}


def duck(sql: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    return connection.execute(sql)


def weather(count: int, seed: int, first_offset=0) -> list[dict]:
    """Rows of a day and a little beyond it, at places of which one has half of all rows."""
    random_of = random.Random(seed)
    places = ["Seoul"] * 5 + ["Oslo", "Lima", "Cairo", "Pune", "Nuuk"]
    rows = [
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
    return filled(rows)


FIRST, SECOND = weather(2_000, seed=5), weather(1_000, seed=6, first_offset=2_000)
NAMELESS = filled([{"location": "", "temperature_c": -71.5, "_offset": 3_000}])
TWICE = [row for row in FIRST if 0 <= (row["date_time"] - START).total_seconds() < 86_400][:10]
ALERTS = [
    {"location": "Seoul", "alert_type": "TEMP_HIGH", "alerts": 4},
    {"location": "Seoul", "alert_type": "RAIN_HEAVY", "alerts": 1},
    {"location": "Oslo", "alert_type": "WIND_STRONG", "alerts": 2},
]


@pytest.fixture(scope="module")
def published(spark, tmp_path_factory) -> tuple[Lake, dict]:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    lake.land(FIRST, "2024-01-02", objects=3)
    lake.land([*SECOND, *TWICE, *NAMELESS], "2024-01-03", objects=2)
    for table in ("curated/observations", "daily/weather_summary", "daily/loads"):
        lake.of_run(table, "r1").mkdir(parents=True)
        (lake.of_run(table, "r1") / "part-00000-of-an-attempt-that-was-killed.parquet").write_bytes(b"half a file")
    return lake, lake.run(spark, "r1", ALERTS)


@pytest.fixture(scope="module")
def landed_otherwise(spark, tmp_path_factory) -> tuple[Lake, dict]:
    lake = Lake(tmp_path_factory.mktemp("otherwise"))
    lake.land([*NAMELESS, *SECOND[::-1]], "2024-01-02", objects=1)
    lake.land(FIRST[::-1], "2024-02-01", objects=4)
    return lake, lake.run(spark, "r2", ALERTS)


@pytest.fixture(scope="module")
def cut(spark, landed_otherwise) -> tuple[Lake, dict]:
    """The same rows again, in several files."""
    lake, _ = landed_otherwise
    return lake, lake.run(spark, "r4", ALERTS, rows_per_file=1_000)


@pytest.fixture(scope="module")
def corrected(spark, cut) -> tuple[Lake, dict]:
    lake, _ = cut
    lake.land(filled([{"location": "Seoul", "temperature_c": 99.0, "_offset": 9_999}]), "2024-03-01", objects=1)
    return lake, lake.run(spark, "r3", ALERTS)


def test_every_figure_equals_an_independent_computation(published):
    lake, report = published
    measures = ", ".join(
        f"""min({m}) {m}_min, avg({m}) {m}_mean, max({m}) {m}_max, stddev_samp({m}) {m}_stddev,
        quantile_cont({m}, 0.05) {m}_p05, quantile_cont({m}, 0.5) {m}_p50, quantile_cont({m}, 0.95) {m}_p95"""
        for m in MEASURES
    )
    answer = duck(
        f"""with landed as (
                select distinct on (_topic, _partition, _offset) * from read_parquet('{lake.folder}/raw/observations/*/*.parquet')
                 where date_time >= timestamptz '2024-01-01 00:00:00+00' and date_time < timestamptz '2024-01-02 00:00:00+00'
            ),
            alerts as (select location, sum(alerts)::bigint alerts from read_json('{lake.folder}/alerts.jsonl') group by location)
            select location, count(*) observations, {measures},
                   count(distinct date_part('hour', date_time)) filter (precipitation_mm > 0) rain_hours,
                   count(distinct date_part('hour', date_time)) hours_seen,
                   count(distinct date_part('hour', date_time)) / 24 completeness,
                   coalesce(any_value(alerts), 0) alerts, epoch_us(min(date_time)) first_seen, epoch_us(max(date_time)) last_seen
              from landed left join alerts using (location)
             group by location order by location"""
    )
    names = [column[0] for column in answer.description]
    expected = answer.fetchall()
    [file] = lake.files("daily/weather_summary", "r1")
    # As numbers: to make a datetime with a zone, DuckDB wants one more package.
    times = "epoch_us(first_seen) as first_seen, epoch_us(last_seen) as last_seen"
    answer = duck(f"select * replace ({times}) from read_parquet('{file}', hive_partitioning = false)")
    assert names == [column[0] for column in answer.description]
    found = answer.fetchall()
    assert len(found) == len(expected) == report["locations"] == 7
    for row, wanted in zip(found, expected, strict=True):
        for name, value, want in zip(names, row, wanted, strict=True):
            if isinstance(want, float):
                assert math.isclose(value, want, rel_tol=1e-9, abs_tol=1e-9), (row[0], name, value, want)
            else:
                assert value == want, (row[0], name)
    assert {row[0]: row[names.index("alerts")] for row in found if row[names.index("alerts")]} == {"Seoul": 5, "Oslo": 2}


def test_records_that_landed_twice_are_dropped_and_reported(published):
    _, report = published
    assert report["duplicates"] == len(TWICE) == 10
    assert report["rows"] == report["rows_read"] - 10


def test_the_report_says_what_the_quality_check_needs(published):
    lake, report = published
    written = json.loads((lake.folder / f"daily/reports/event_date={DAY}/run=r1.json").read_text())
    assert written == report
    [curated] = lake.files("curated/observations", "r1")
    rows, coldest, wettest = duck(f"select count(*), min(temperature_c), max(precipitation_mm) from '{curated}'").fetchone()
    assert (report["rows"], report["null_keys"]) == (rows, 1)
    assert report["ranges"]["temperature_c"]["min"] == coldest == -71.5
    assert report["ranges"]["precipitation_mm"]["max"] == wettest
    assert (report["incomplete_locations"], report["fewest_hours_seen"]) == (1, 1)


def test_what_is_loaded_is_what_the_table_shows(published):
    lake, report = published
    [load] = report["load"]
    rows = [json.loads(line) for line in Path(load.removeprefix("file://")).read_text().splitlines()]
    [file] = lake.files("daily/weather_summary", "r1")
    columns = "location, temperature_c_mean, temperature_c_stddev, rain_hours"
    assert duck(f"select {columns} from '{file}'").fetchall() == [
        tuple(row[name] for name in columns.split(", ")) for row in rows
    ]


def test_a_run_that_starts_again_replaces_what_it_left(published):
    lake, _ = published
    for table in ("curated/observations", "daily/weather_summary", "daily/loads"):
        names = [each.name for each in lake.of_run(table, "r1").iterdir() if each.name.startswith("part-")]
        assert len(names) == 1 and "killed" not in names[0]


def test_the_same_rows_are_the_same_bytes_however_often_and_in_whatever_order_they_landed(published, landed_otherwise):
    (one, report), (other, report_again) = published, landed_otherwise
    assert (report_again["digest"], report_again["duplicates"]) == (report["digest"], 0)
    for table in ("curated/observations", "daily/weather_summary"):
        [file], [same] = one.files(table, "r1"), other.files(table, "r2")
        assert file.read_bytes() == same.read_bytes(), table


def test_a_day_in_several_files_has_the_same_rows_in_the_same_order_and_the_same_summary(published, cut):
    (one, report), (several, report_again) = published, cut
    files = several.files("curated/observations", "r4")
    assert report_again["curated"]["files"] == len(files) == 3 and report_again["digest"] == report["digest"]
    [whole] = one.files("curated/observations", "r1")
    # As numbers: to make a datetime with a zone, DuckDB wants one more package.
    times = "epoch_us(date_time) as date_time, epoch_us(_timestamp) as _timestamp"
    rows_of = f"select * replace ({times}) from read_parquet('{{}}', hive_partitioning = false)"
    rows = [row for file in files for row in duck(rows_of.format(file)).fetchall()]
    assert rows == duck(rows_of.format(whole)).fetchall()
    [summary], [same] = one.files("daily/weather_summary", "r1"), several.files("daily/weather_summary", "r4")
    assert summary.read_bytes() == same.read_bytes()


def test_the_catalog_has_the_columns_that_are_read_and_written(spark, published):
    lake, _ = published
    root = Path(__file__).resolve().parents[2]
    script = "import { lakeTables } from './lib/analytics/tables.ts'; console.log(JSON.stringify(lakeTables))"
    node = [root / "node_modules/.bin/node", "--input-type=module", "--eval", script]
    output = subprocess.run(node, cwd=root, capture_output=True, text=True, check=True).stdout
    tables = {
        table["name"]: [(column["name"], column["type"]) for column in table["columns"]] for table in json.loads(output)
    }
    assert columns_of(LANDED) == tables["raw_observations"] == tables["curated_observations"]
    [summary] = lake.files("daily/weather_summary", "r1")
    assert columns_of(spark.read.parquet(f"file://{summary}").schema) == tables["daily_weather"]


def columns_of(schema) -> list[tuple[str, str]]:
    return [(field.name, field.dataType.simpleString()) for field in schema]


def test_a_late_row_changes_the_digest_and_the_summary(landed_otherwise, corrected):
    (_, before), (lake, after) = landed_otherwise, corrected
    assert after["rows"] == before["rows"] + 1 and after["digest"] != before["digest"]
    [file] = lake.files("daily/weather_summary", "r3")
    assert duck(f"select temperature_c_max from '{file}' where location = 'Seoul'").fetchall() == [(99.0,)]
